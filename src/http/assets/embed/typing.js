// When has the reader finished a word? Input methods compose for a while before there is a text to search for, and the
// Enter, Esc and arrows of that time belong to them. Nothing here, or that this calls, may write to the field meanwhile.

const PAUSE_MS = 150;
// Android's keyboards compose Latin words too, until the next space: there a pause counts, composing or not.
const ANDROID_PAUSE_MS = 350;
// Safari ends the composition before it reports the Enter that ended it.
const AFTERMATH_MS = 100;
const THEIRS = new Set(['Enter', 'Escape', 'Tab', 'Home', 'End', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']);

export class Typing {
  composing = false;
  #endedAt = -Infinity;
  #timer;
  #paused;

  // `changed` is called at each change of the field, `paused` when one search is due.
  constructor(input, changed, paused) {
    this.#paused = paused;
    input.addEventListener('compositionstart', () => {
      this.composing = true;
      this.cancel();
    });
    input.addEventListener('compositionend', (event) => {
      this.composing = false;
      this.#endedAt = event.timeStamp;
      changed();
      this.#wait(PAUSE_MS);
    });
    input.addEventListener('input', () => {
      changed();
      if (!this.composing) this.#wait(PAUSE_MS);
      else if (/Android/.test(navigator.userAgent)) this.#wait(ANDROID_PAUSE_MS);
    });
    input.addEventListener('blur', () => (this.composing = false));
  }

  // Whether a key is the input method's.
  owns(event) {
    if (this.composing || event.isComposing || event.keyCode === 229) return true;
    return event.timeStamp - this.#endedAt < AFTERMATH_MS && THEIRS.has(event.key);
  }

  cancel() {
    clearTimeout(this.#timer);
  }

  #wait(milliseconds) {
    this.cancel();
    this.#timer = setTimeout(this.#paused, milliseconds);
  }
}
