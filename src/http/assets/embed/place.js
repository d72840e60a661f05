// Where does the panel stand? On a desk below the field, in the top layer, so that no `overflow` or `z-index` of the
// host page cuts it; on a phone the whole box becomes a sheet as high as the keyboard leaves room.

const PHONE = '(max-width: 640px)';
const GAP = 8;
const EDGE = 12;
const LEAST_WIDTH = 480;

export class Place {
  #box;
  #panel;
  #close;
  #listening = null;
  #overflow = '';
  #watcher;

  // `close` is called when the phone's back gesture asks for it.
  constructor(box, panel, close) {
    this.#box = box;
    this.#panel = panel;
    this.#close = close;
  }

  get isOpen() {
    return !!this.#listening;
  }

  get isSheet() {
    return this.#box.classList.contains('sheet');
  }

  open() {
    if (this.isOpen) return;
    this.#listening = new AbortController();
    const options = { signal: this.#listening.signal, capture: true, passive: true };
    const follow = () => this.follow();
    for (const target of [window, window.visualViewport].filter(Boolean)) {
      target.addEventListener('resize', follow, options);
      target.addEventListener('scroll', follow, options);
    }
    this.#box.classList.add('open');
    this.#enter(matchMedia(PHONE).matches);
  }

  close() {
    if (!this.isOpen) return;
    this.#listening.abort();
    this.#listening = null;
    this.#leave();
    this.#box.classList.remove('open');
  }

  // After a scroll, a turn of the phone, the keyboard's coming or going.
  follow() {
    if (!this.isOpen) return;
    const sheet = matchMedia(PHONE).matches;
    if (sheet !== this.isSheet) {
      this.#leave();
      this.#enter(sheet);
    } else if (sheet) this.#fitSheet();
    else this.#fitPanel();
  }

  #enter(sheet) {
    this.#box.classList.toggle('sheet', sheet);
    const layer = sheet ? this.#box : this.#panel;
    if (layer.showPopover && layer.isConnected) layer.showPopover();
    if (!sheet) return this.#fitPanel();
    this.#overflow = document.documentElement.style.overflow;
    document.documentElement.style.overflow = 'hidden';
    if (window.CloseWatcher) {
      this.#watcher = new CloseWatcher();
      this.#watcher.onclose = () => this.#close();
    }
    this.#fitSheet();
  }

  #leave() {
    if (this.isSheet) document.documentElement.style.overflow = this.#overflow;
    this.#watcher?.destroy();
    this.#watcher = null;
    for (const layer of [this.#box, this.#panel]) {
      if (layer.matches('[popover]') && layer.hidePopover && isShown(layer)) layer.hidePopover();
      layer.removeAttribute('style');
    }
    this.#box.classList.remove('sheet');
  }

  #fitSheet() {
    const view = window.visualViewport;
    if (!view || view.scale > 1.01) return;
    this.#box.style.height = `${view.height}px`;
    this.#box.style.top = `${view.offsetTop}px`;
  }

  #fitPanel() {
    if (!isShown(this.#panel)) return;
    const field = this.#box.getBoundingClientRect();
    const page = document.documentElement.clientWidth;
    const width = Math.min(Math.max(field.width, LEAST_WIDTH), page - 2 * EDGE);
    const left = Math.min(Math.max(field.left, EDGE), page - EDGE - width);
    const below = innerHeight - field.bottom - GAP - EDGE;
    const { style } = this.#panel;
    style.width = `${width}px`;
    style.left = `${left}px`;
    style.top = `${field.bottom + GAP}px`;
    style.maxHeight = `${Math.max(Math.min(below, 620), 240)}px`;
  }
}

function isShown(layer) {
  try {
    return layer.matches(':popover-open');
  } catch {
    return false;
  }
}
