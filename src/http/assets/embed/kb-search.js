// The box for a company's site: `<kb-search></kb-search>`.
//
// What is typed goes through Typing (input methods, pauses), Client asks the help centre, panel.js turns answers into
// views, Place puts the panel where it can be seen. This file is the combobox: field, list, keys, focus, events.
// It keeps nothing between visits, sets no cookie, hears no message.

import { Client } from './client.js';
import { el, icon, safeUrl } from './dom.js';
import { boxNodes } from './nodes.js';
import { Options } from './options.js';
import { failureView, pageUrl, resultsView, suggestionsView } from './panel.js';
import { Place } from './place.js';
import { focused, shortcutOf } from './shortcuts.js';
import { STYLE } from './style.js';
import { textsFor } from './texts.js';
import { Typing } from './typing.js';
import { Waiting } from './waiting.js';

// The script is served from `<help centre>/embed/v1/kb-search.js`.
const HOME = new URL('../../', import.meta.url).href;
const SETTLED_MS = 350;

export class KbSearch extends HTMLElement {
  static observedAttributes = ['lang', 'texts', 'placeholder', 'base', 'shortcuts'];

  #own = {};
  #texts = {};
  #client;
  #typing;
  #place;
  #parts;
  #options;
  #shown = null;
  #retries = null;
  #waiting;
  #page;
  #settling;
  #more;
  #origin = null;

  connectedCallback() {
    this.#page = new AbortController();
    document.addEventListener('keydown', (event) => this.#shortcut(event), { signal: this.#page.signal });
    document.addEventListener('pointerdown', (event) => this.#outside(event), { signal: this.#page.signal });
    window.addEventListener('online', () => this.#shown === 'failure' && this.#retry(), { signal: this.#page.signal });
    if (!this.shadowRoot) this.#replaceForm();
    else this.#localise();
  }

  disconnectedCallback() {
    this.#page.abort();
    if (this.shadowRoot) this.#settle();
    this.#place?.close();
  }

  attributeChangedCallback() {
    if (this.shadowRoot) this.#localise();
  }

  // Texts by key, over those of the language; see texts.js.
  get texts() {
    return this.#texts;
  }

  set texts(texts) {
    this.#own = texts && typeof texts === 'object' ? texts : {};
    if (this.shadowRoot) this.#localise();
  }

  // Who the reader is, as the host's site signs it. A page that stays open sets a function of its own in this place; it is called
  // with `true` when the last token was refused.
  token() {
    return this.getAttribute('token');
  }

  // The headers that say so, and which site this is where the help centre wants to know that by a key.
  names(token) {
    const key = this.getAttribute('key');
    return { ...(token && { authorization: `Bearer ${token}` }), ...(key && { 'x-api-key': key }) };
  }

  // Opens the box, and searches for `query` if there is one.
  open({ query } = {}) {
    if (!this.shadowRoot) this.#build();
    if (!this.#place.isOpen) this.#origin = focused();
    this.#parts.input.focus();
    if (typeof query === 'string' && query) this.#take(query);
    else if (!this.#place.isOpen) this.#ask();
  }

  close() {
    if (this.shadowRoot) this.#leave();
  }

  // The plain form inside the tag serves until the script is there, and while somebody is typing into it.
  #replaceForm() {
    const field = this.querySelector('input:not([type=hidden])');
    if (field && field === document.activeElement && field.value) {
      field.addEventListener('blur', () => this.isConnected && !this.shadowRoot && this.#build(), { once: true });
      return;
    }
    this.#build();
    if (field?.value) this.#parts.input.value = field.value;
    if (field && field === document.activeElement) this.#parts.input.focus();
  }

  #build() {
    const held = document.activeElement?.closest?.('kb-search') === this;
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    root.adoptedStyleSheets = [new CSSStyleSheet()];
    root.adoptedStyleSheets[0].replaceSync(STYLE);
    this.#parts = boxNodes(() => this.#clear(), () => this.#leave());
    const { box, input, panel, form } = this.#parts;
    root.append(box);
    this.#place = new Place(box, panel, () => this.#leave());
    this.#options = new Options(input, this.#parts.list);
    this.#waiting = new Waiting(this.#parts);
    this.#typing = new Typing(input, () => this.#typed(), () => this.#ask());
    input.addEventListener('keydown', (event) => this.#key(event));
    input.addEventListener('click', () => this.#reopen());
    input.addEventListener('focus', () => this.#reopen());
    form.addEventListener('submit', (event) => event.preventDefault());
    box.addEventListener('focusout', (event) => this.#left(event));
    panel.addEventListener('keydown', (event) => this.#panelKey(event));
    panel.addEventListener('mousedown', (event) => event.target.closest('.option') && event.preventDefault());
    this.#localise();
    if (held) input.focus();
  }

  #localise() {
    const { lang, texts } = textsFor(this.closest('[lang]')?.lang, this.getAttribute('texts'), this.#own);
    this.#texts = texts;
    this.#client = new Client(this.#base, this);
    const { box, input, clear, leave, hint, list } = this.#parts;
    box.lang = lang;
    box.ariaLabel = input.ariaLabel = texts.label;
    list.ariaLabel = texts.suggestions;
    clear.ariaLabel = texts.clear;
    leave.ariaLabel = texts.close;
    input.placeholder = this.getAttribute('placeholder') ?? texts.placeholder;
    const apple = /Mac|iPhone|iPad/.test(navigator.platform);
    hint.textContent = this.#has('slash') ? '/' : apple ? '⌘K' : 'Ctrl K';
    hint.hidden = !this.#has('slash') && !this.#has('ctrl-k');
  }

  // A help centre below a path keeps that path: `base` ends in a slash.
  get #base() {
    const address = safeUrl(this.getAttribute('base'), location.href) || HOME;
    return address.endsWith('/') ? address : `${address}/`;
  }

  get #query() {
    return this.#parts.input.value.trim();
  }

  get #context() {
    return {
      texts: this.#texts,
      base: this.#base,
      query: this.#query,
      contact: this.getAttribute('contact'),
      suggest: (query) => this.#take(query),
    };
  }

  #has(shortcut) {
    return (this.getAttribute('shortcuts') ?? 'slash ctrl-k').split(/\s+/).includes(shortcut);
  }

  // ---- What was typed

  #typed() {
    const { clear, input } = this.#parts;
    clear.hidden = !input.value;
    this.#shown = null;
    this.#options.select(-1);
    clearTimeout(this.#settling);
    this.#waiting.drop();
  }

  // Offers suggestions, and the results once the reader has really stopped.
  async #ask() {
    const query = this.#query;
    const answer = await this.#request((signal) => this.#client.suggest(query, signal), () => this.#ask());
    if (!answer) return;
    if (query && !answer.suggestions?.length) return this.#search();
    this.#show('suggestions', suggestionsView(answer, this.#context));
    clearTimeout(this.#settling);
    if (query) this.#settling = setTimeout(() => this.#options.selected < 0 && this.#search(), SETTLED_MS);
  }

  async #search() {
    const query = this.#query;
    this.#typing.cancel();
    clearTimeout(this.#settling);
    if (!query) return this.#ask();
    const answer = await this.#request((signal) => this.#client.search(query, signal), () => this.#search());
    if (!answer) return;
    this.#show('results', resultsView(answer, this.#context));
    this.#tell('kb:search', { query, total: answer.total, confident: answer.confident });
  }

  // The answer, or null when it failed or came after another question.
  #request(ask, retry) {
    this.#retries = retry;
    const failed = (failure) => this.#show('failure', failureView(failure, this.#context, () => this.#retry()));
    return this.#waiting.answer(ask, failed, this.#texts.searching);
  }

  #retry() {
    this.#parts.input.focus();
    this.#retries?.();
  }

  // Puts a query into the field, never under an input method's hands.
  #take(query) {
    const { input } = this.#parts;
    if (this.#typing.composing) return;
    input.value = query.slice(0, input.maxLength);
    input.focus();
    this.#typed();
    this.#search();
  }

  // ---- What is shown

  #show(kind, view) {
    const { top, list, foot, article, panel } = this.#parts;
    this.#shown = kind;
    const heading = view.heading && el('div', { class: 'heading', part: 'heading', 'aria-hidden': 'true' }, view.heading);
    top.replaceChildren(...[...(view.note || []), heading].filter(Boolean));
    this.#options.show(view.options, view.heading || this.#texts.suggestions, (event, choice) => this.#choose(event, choice));
    foot.replaceChildren(...(view.foot || []));
    foot.hidden = !view.foot;
    article.hidden = true;
    for (const node of [top, list]) node.hidden = false;
    panel.scrollTop = 0;
    this.#open(view.options.length > 0 || !!view.note?.length);
    this.#waiting.say(view.said);
  }

  // A phone's sheet stands even when it is empty.
  #open(filled) {
    const { input, form } = this.#parts;
    const inside = this.shadowRoot.activeElement;
    if (!inside || !(form.contains(inside) || this.#place.isOpen)) return;
    if (filled || this.#place.isSheet || matchMedia('(max-width: 640px)').matches) this.#place.open();
    else this.#place.close();
    this.#place.follow();
    this.#more ??= import(new URL('embed/v1/kb-ask.js', this.#base)).then((more) => more.attach(this, this.#base, () => this.back()), () => {});
    input.setAttribute('aria-expanded', String(this.#place.isOpen && this.#options.count > 0));
  }

  // ---- Keys and focus

  #key(event) {
    if (this.#typing.owns(event)) return event.key === 'Enter' && event.preventDefault();
    if (event.key === 'Enter') this.#enter(event);
    else if (event.key === 'Escape') this.#escape(event);
    else if (event.key === 'Tab') this.#options.select(-1);
    else if (/^(Arrow(Up|Down)|Home|End)$/.test(event.key) && !event.altKey && !event.shiftKey) this.#move(event);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k' && this.#has('ctrl-k')) {
      event.preventDefault();
      this.#parts.input.select();
    }
  }

  #move(event) {
    if (this.#place.isOpen ? this.#options.move(event) : event.key.startsWith('Arrow')) event.preventDefault();
    if (this.#place.isOpen) clearTimeout(this.#settling);
    else if (event.defaultPrevented) this.#reopen();
  }

  // Enter opens what is selected; without a selection it searches, and once the results are there goes to the first.
  #enter(event) {
    event.preventDefault();
    const newTab = event.ctrlKey || event.metaKey;
    const option = this.#place.isOpen && this.#options.current;
    if (option) {
      if (!newTab) option.node.click();
      else if (this.#announce(option.choice)) window.open(option.choice.href, '_blank', 'noopener');
      return;
    }
    if (!this.#query) return;
    const page = pageUrl(this.#context);
    if (newTab) window.open(page, '_blank', 'noopener');
    else if (this.getAttribute('enter') === 'page') location.assign(page);
    else if (this.#place.isOpen && this.#shown === 'results' && !this.#waiting.isBusy) this.#options.select(0);
    else this.#search();
  }

  #escape(event) {
    if (!this.#place.isOpen && !this.#parts.input.value && !this.#origin) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.#parts.input.value) this.#clear();
    else this.#leave();
  }

  #clear() {
    if (this.#typing.composing) return;
    this.#parts.input.value = '';
    this.#typed();
    this.#parts.input.focus();
    this.#typing.cancel();
    this.#ask();
  }

  #leave() {
    const inside = this.shadowRoot.activeElement;
    const sheet = this.#place.isSheet;
    this.#settle();
    this.#place.close();
    this.#options.select(-1);
    this.#parts.input.setAttribute('aria-expanded', 'false');
    const origin = this.#origin;
    this.#origin = null;
    if (origin?.isConnected && origin !== document.body && origin !== this.#parts.input) origin.focus();
    else if (inside && (origin || sheet || inside !== this.#parts.input)) inside.blur();
  }

  // Clicking or coming back to the field shows what it last had.
  #reopen() {
    if (this.#place.isOpen || !this.#parts.article.hidden) return;
    if (this.#query) this.#search();
    else this.#ask();
  }

  #shortcut(event) {
    const shortcut = shortcutOf(event);
    if (!shortcut || !this.#has(shortcut) || !this.checkVisibility?.()) return;
    event.preventDefault();
    this.open();
  }

  #outside(event) {
    if (!this.#place?.isOpen || event.composedPath().includes(this)) return;
    this.#origin = null;
    this.#leave();
  }

  #left(event) {
    const to = event.relatedTarget;
    if (!to || this.shadowRoot.contains(to) || to === this || !this.#place.isOpen) return;
    this.#origin = null;
    this.#place.close();
    this.#parts.input.setAttribute('aria-expanded', 'false');
  }

  #panelKey(event) {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    if (this.#parts.article.hidden) this.#leave();
    else this.back();
  }

  // ---- What was chosen

  #tell(type, detail) {
    return this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, cancelable: true, detail }));
  }

  // Whether the page lets the box go on: it may take over by `preventDefault()`.
  #announce({ kind, id, title, href }) {
    const query = this.#query;
    if (kind === 'ask') return this.#tell('kb:ask', { query, url: href });
    return !id || this.#tell('kb:select', { query, id, title, url: href, position: this.#options.selected });
  }

  #choose(event, choice) {
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (plain && choice.kind === 'search') {
      event.preventDefault();
      this.#search();
    } else if (!this.#announce(choice)) event.preventDefault();
    else if (plain && (choice.kind === 'ask' || (choice.kind === 'article' && this.getAttribute('open') === 'inline'))) {
      event.preventDefault();
      this.#settle();
      if (choice.kind === 'ask') this.#write(choice);
      else this.#read(choice);
    }
  }

  // What was chosen stands: nothing that is still under way may take its place.
  #settle() {
    this.#waiting.drop();
    clearTimeout(this.#settling);
    this.#typing.cancel();
  }

  // Opens the ask form in place.
  async #write(choice) {
    await this.#more;
    if (!this.ask?.({ ...choice, query: this.#query })) location.assign(choice.href);
  }

  // Shows an article in place.
  async #read(choice) {
    await this.#more;
    if (!this.article) return location.assign(choice.href);
    const read = () => this.#read(choice);
    const answer = await this.#request((signal) => this.#client.article(choice.id, signal), read);
    if (!answer) return;
    const { article, top, list, foot, panel, input } = this.#parts;
    const back = el('button', { type: 'button', click: () => this.back() }, icon('back'), this.#texts.back);
    article.replaceChildren(el('div', { class: 'bar' }, back), this.article(answer, choice, this.#texts.read));
    for (const node of [top, list, foot]) node.hidden = true;
    article.hidden = false;
    panel.scrollTop = 0;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    article.querySelector('.title').focus();
  }

  back() {
    const { article, top, list, foot, input } = this.#parts;
    article.hidden = true;
    for (const node of [top, list]) node.hidden = false;
    foot.hidden = !foot.childElementCount;
    input.setAttribute('aria-expanded', 'true');
    input.focus();
    this.#options.select(this.#options.selected);
  }
}

if (!customElements.get('kb-search')) customElements.define('kb-search', KbSearch);
