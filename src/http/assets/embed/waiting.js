// What is the reader waiting for? One answer at a time: a new question drops the one before, however late it comes.

const SPINNER_AFTER_MS = 300;
const SAY_AFTER_MS = 700;

export class Waiting {
  #parts;
  #abort = new AbortController();
  #spinnerTimer;
  #sayTimer;

  constructor(parts) {
    this.#parts = parts;
  }

  get isBusy() {
    return this.#parts.list.getAttribute('aria-busy') === 'true';
  }

  // What `ask` answers; null when it failed, then `failed` is told why, or when another question came between.
  async answer(ask, failed, words) {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    this.#busy(true, words);
    try {
      const answer = await ask(abort.signal);
      return abort.signal.aborted ? null : answer;
    } catch (failure) {
      if (!abort.signal.aborted) failed(failure);
      return null;
    } finally {
      if (this.#abort === abort) this.#busy(false);
    }
  }

  drop() {
    this.#abort.abort();
    this.#busy(false);
    clearTimeout(this.#sayTimer);
  }

  // The screen reader hears it when the fingers rest.
  say(words) {
    clearTimeout(this.#sayTimer);
    this.#sayTimer = setTimeout(() => (this.#parts.status.textContent = words), SAY_AFTER_MS);
  }

  #busy(waiting, words) {
    clearTimeout(this.#spinnerTimer);
    const { spinner, list } = this.#parts;
    list.setAttribute('aria-busy', String(waiting));
    spinner.hidden = true;
    if (!waiting) return;
    this.#spinnerTimer = setTimeout(() => {
      spinner.hidden = false;
      this.say(words);
    }, SPINNER_AFTER_MS);
  }
}
