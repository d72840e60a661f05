// How does one ask from within the box? Fetched when the box is first opened, so that nobody waits for it: it notes what was tried
// in this visit, and shows the ask form in place.

import { articleView } from './article.js';
import { el, icon } from './dom.js';
import { solve } from '../proof.js';

const ASK_TEXTS = {
  'zh-CN': {
    title: '帮我问', text: '您的问题', email: '邮箱', send: '提交', sending: '正在提交…', back: '返回', more: '添加附件、选择类型',
    promise: '预计在 {when} 前给您第一次答复。', done: '我们收到了您的问题（{number}）', mail: '确认邮件已经发出。', track: '查看进度',
    needText: '请写下您的问题。', needEmail: '请填写正确的邮箱，例如 name@example.com。', busy: '短时间内提交得太多了，请过一会儿再试，内容都还在。',
    failed: '没有提交成功，内容都还在。请再试一次。',
  },
  'zh-TW': {
    title: '幫我問', text: '您的問題', email: '電子郵件', send: '送出', sending: '正在送出…', back: '返回', more: '加入附件、選擇類型',
    promise: '預計在 {when} 前給您第一次答覆。', done: '我們收到了您的問題（{number}）', mail: '確認信已經寄出。', track: '查看進度',
    needText: '請寫下您的問題。', needEmail: '請填寫正確的電子郵件，例如 name@example.com。', busy: '短時間內送出得太多了，請過一會兒再試，內容都還在。',
    failed: '沒有送出成功，內容都還在。請再試一次。',
  },
  en: {
    title: 'Ask us', text: 'Your question', email: 'E-mail', send: 'Send', sending: 'Sending…', back: 'Back', more: 'Add files, choose a kind',
    promise: 'Expect a first answer by {when}.', done: 'We have your question ({number})', mail: 'A mail to confirm it is on its way.', track: 'Follow it',
    needText: 'Please write your question.', needEmail: 'Please give a valid address, as in name@example.com.', busy: 'Too much was sent in a short time. Please try again later; your text is still here.',
    failed: 'It could not be sent; your text is still here. Please try again.',
  },
};

const ASK_STYLE = `.askform{display:grid;gap:14px;padding:8px 20px 20px}.askform label{display:grid;gap:4px;font-weight:600}
.askform :is(input,textarea){all:unset;box-sizing:border-box;inline-size:100%;padding:10px 12px;font:inherit;font-weight:400;font-size:16px;color:var(--text);background:var(--ground);border:1px solid var(--border);border-radius:8px;cursor:text}
.askform textarea{min-block-size:110px;white-space:pre-wrap;overflow:auto}.askform :is(input,textarea):focus-visible{outline:2px solid var(--accent);outline-offset:1px}
.askform [aria-invalid=true]{border-color:light-dark(#b3261e,#ff9d95)}.askform .bad{margin:0;color:light-dark(#b3261e,#ff9d95);font-size:14.5px}.askform p{margin:0}
.askform .row{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center}.askform .send{min-block-size:44px;padding-inline:22px;justify-content:center;background:var(--accent);color:var(--on-accent);font-weight:600}
.askform .send[aria-disabled=true]{opacity:.6}.askform a{color:var(--accent);text-decoration:underline}`;

const fillIn = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');

const randomId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

// On the help centre's own pages the visit is that of the tab; on other sites it lives as long as the page, and nothing is kept.
function visitId(base) {
  if (location.origin !== new URL(base).origin) return randomId();
  try {
    const id = sessionStorage.getItem('kb-visit') ?? randomId();
    sessionStorage.setItem('kb-visit', id);
    return id;
  } catch {
    return randomId();
  }
}

const LANGS = { hk: 'zh-TW', mo: 'zh-TW', tw: 'zh-TW', hant: 'zh-TW' };

function langOf(box) {
  const tag = (box.getAttribute('lang') || box.closest('[lang]')?.lang || navigator.language || '').toLowerCase();
  if (tag.startsWith('en')) return 'en';
  const part = tag.split('-').find((piece) => LANGS[piece]);
  return part ? LANGS[part] : tag.startsWith('zh') || !tag ? 'zh-CN' : 'en';
}

// Sends something with what says who the reader is, where the host's page knows. A token that is over is asked for once more;
// without another, the reader is nobody.
async function asReader(box, send) {
  const token = async (refused) => {
    try {
      return await box.token(refused);
    } catch {
      return null;
    }
  };
  const known = await token();
  const response = await send(box.names(known));
  if (!known || response.status !== 401) return response;
  const fresh = await token(true);
  const second = fresh && fresh !== known ? await send(box.names(fresh)) : response;
  return second.status === 401 ? send(box.names()) : second;
}

// Ties the form and the notes to a box; `base` is the address of its help centre, `back` shows its list again.
export function attach(box, base, back) {
  const visit = visitId(base);
  const root = box.shadowRoot;
  const post = (path, body, headers) => fetch(new URL(`api/v1/${path}`, base), {
    method: 'POST', keepalive: path.startsWith('visits'), body: JSON.stringify(body), headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
  });
  const note = (step) => post(`visits/${visit}`, { lang: langOf(box), steps: [step] }, box.names()).catch(() => {});
  box.addEventListener('kb:search', ({ detail }) => note({ did: 'searched', query: detail.query, results: detail.total, confident: !!detail.confident }));
  box.addEventListener('kb:select', ({ detail }) => note({ did: 'clicked', target: new URL(detail.url, base).pathname }));
  // What is opened goes on with this visit.
  root.addEventListener('click', (event) => {
    const link = event.composedPath().find((node) => node.localName === 'a');
    if (!link || !link.href.startsWith(base) || link.href.includes('?v=') || link.href.includes('&v=')) return;
    const url = new URL(link.href);
    url.searchParams.set('v', visit);
    link.href = url.href;
  }, true);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(ASK_STYLE);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  box.article = articleView;
  // A key for browsers searches and nothing else: where the box has one, the page takes the question.
  box.ask = ({ href, query }) => {
    if (!href.startsWith(`${base}ask`) || box.hasAttribute('key')) return false;
    show(new Form({ box, base, back, post, visit, href, query: query || '' }));
    return true;
  };
  function show(form) {
    const place = root.querySelector('.panel').lastElementChild;
    place.replaceChildren(form.node);
    for (const node of root.querySelector('.panel').children) node.hidden = node !== place;
    root.querySelector('.panel').scrollTop = 0;
    form.focus();
  }
}

class Form {
  constructor(about) {
    Object.assign(this, about);
    this.texts = ASK_TEXTS[langOf(about.box)];
    this.key = randomId();
    const { texts } = this;
    this.text = el('textarea', { name: 'text', required: true, rows: 4 });
    this.text.value = about.query ? `${about.query}\n` : '';
    this.email = el('input', { name: 'email', type: 'email', inputmode: 'email', autocomplete: 'email', required: true, maxlength: 254 });
    this.bad = el('p', { class: 'bad', role: 'alert' });
    this.promise = el('p');
    this.send = el('button', { type: 'submit', class: 'send', part: 'ask-send' }, texts.send);
    this.title = el('div', { class: 'title', role: 'heading', 'aria-level': 2, tabindex: -1 }, texts.title);
    const more = el('a', { href: about.href, target: '_blank', rel: 'noopener' }, texts.more);
    this.form = el('form', { class: 'askform', novalidate: true, submit: (event) => this.submit(event) },
      this.title, el('label', null, texts.text, this.text), el('label', null, texts.email, this.email), this.bad, this.promise,
      el('div', { class: 'row' }, this.send, more));
    const leave = el('button', { type: 'button', click: () => about.back() }, icon('back'), texts.back);
    this.node = el('div', null, el('div', { class: 'bar' }, leave), this.form);
    this.ready = this.begin().catch(() => {});
  }

  focus() {
    this.text.focus();
    this.text.setSelectionRange(this.text.value.length, this.text.value.length);
  }

  // The stamp, what is promised, and the proof of work, done while one types.
  async begin() {
    const form = new URL('api/v1/cases/form', this.base);
    const response = await asReader(this.box, (names) => fetch(form, { headers: { accept: 'application/json', ...names } }));
    if (!response.ok) return;
    const { stamp, challenge, promised, email } = await response.json();
    this.stamp = stamp;
    this.email.value ||= email || '';
    const lang = langOf(this.box);
    const when = promised && new Date(promised).toLocaleString(lang, { dateStyle: 'medium', timeStyle: 'short' });
    this.promise.textContent = when ? fillIn(this.texts.promise, { when }) : '';
    if (challenge) this.proof = await solve(challenge);
  }

  wrong(field, words) {
    for (const input of [this.text, this.email]) input.toggleAttribute('aria-invalid', false);
    field?.setAttribute('aria-invalid', 'true');
    this.bad.textContent = words;
    field?.focus();
  }

  async submit(event) {
    event.preventDefault();
    const { texts, text, email, send } = this;
    if (this.sending) return;
    if (!text.value.trim()) return this.wrong(text, texts.needText);
    if (!email.value.trim() || !email.checkValidity()) return this.wrong(email, texts.needEmail);
    this.sending = true;
    send.textContent = texts.sending;
    send.setAttribute('aria-disabled', 'true');
    await this.ready;
    const body = { email: email.value, text: text.value, lang: langOf(this.box), visit: this.visit };
    if (this.stamp) body.stamp = this.stamp;
    if (this.proof) body.altcha = this.proof;
    try {
      const response = await asReader(this.box, (names) => this.post('cases', body, { 'idempotency-key': this.key, ...names }));
      const answer = await response.json();
      if (response.ok) return this.done(answer);
      const field = answer.errors?.[0]?.parameter;
      if (field === 'email') this.wrong(email, texts.needEmail);
      else this.wrong(field === 'text' ? text : null, response.status === 429 ? texts.busy : texts.failed);
    } catch {
      this.wrong(null, texts.failed);
    }
    this.sending = false;
    send.textContent = texts.send;
    send.removeAttribute('aria-disabled');
  }

  done({ number, url, promised_words: when }) {
    const { texts } = this;
    this.title.textContent = fillIn(texts.done, { number });
    const words = [texts.mail, when && fillIn(texts.promise, { when })].filter(Boolean).join(' ');
    this.form.replaceChildren(this.title, el('p', { role: 'status' }, words), el('a', { href: url, target: '_blank', rel: 'noopener' }, texts.track));
    this.title.focus();
  }
}
