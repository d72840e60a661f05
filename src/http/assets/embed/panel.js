// What does the panel show? Turns an answer of the API, or a failure, into a view: a heading, a note above the list, the
// options of the list each with what choosing it means, and a footer.
//
// A choice is { kind: 'article' | 'ask' | 'search' | 'query', href, … }. Options are links, so that the pointer's own
// ways (new tab, copy the address) work; the field keeps the focus.

import { el, icon, marked, safeUrl } from './dom.js';
import { fill } from './texts.js';

const MOST_HITS = 8;

// `context` is { texts, base, query, contact }: the wording, the help centre's address, what was asked, where to ask.
export function suggestionsView(answer, context) {
  const { texts, query } = context;
  const options = (answer.suggestions || []).map((suggestion) =>
    articleOption(suggestion, context, [icon(query ? 'search' : 'article'), words(suggestion, false, texts)], 'suggestion'),
  );
  const count = options.length;
  if (query) options.push(searchOption(context));
  return {
    heading: count ? (query ? texts.suggestions : texts.popular) : '',
    options: options.filter(Boolean),
    said: count ? fill(texts.found, { n: count }) : '',
  };
}

export function resultsView(answer, context) {
  const { texts, query } = context;
  const direct = answer.confident && answer.answer;
  const hits = (answer.hits || []).filter((hit) => hit.id !== direct?.id);
  const listed = hits.slice(0, MOST_HITS - (direct ? 1 : 0));
  const ask = askOption(answer, context, !answer.confident);
  const options = [
    direct && answerOption(direct, answer, context),
    ...listed.map((hit) => articleOption(hit, context, [icon('article'), words(hit, true, texts), icon('go')], 'hit')),
  ].filter(Boolean);
  const found = options.length;
  if (ask) options[answer.confident ? 'push' : 'unshift'](ask);
  return {
    heading: found && answer.confident ? texts.results : '',
    note: [meant(answer, context), !answer.confident && doubt(found, ask, context)].filter(Boolean),
    options,
    foot: foot(answer, found, context),
    said: found ? fill(texts.found, { n: answer.total }) : fill(texts.none, { q: query }),
  };
}

export function failureView(failure, context, retry) {
  const { texts } = context;
  const words = fill(texts[failure.kind] || texts.broken, { n: failure.seconds });
  const again = el('button', { type: 'button', class: 'plain', part: 'retry', click: retry }, texts.retry);
  const home = el('a', { href: pageUrl(context), target: '_blank', rel: 'noopener' }, texts.home);
  return {
    note: [el('div', { class: 'note', part: 'error' }, el('strong', null, words), again)],
    options: [askOption({}, context, false)].filter(Boolean),
    foot: [home],
    said: words,
  };
}

// The help centre's own page of results; its home page when nothing was asked.
export function pageUrl({ base, query }) {
  return new URL(query ? `search?${new URLSearchParams({ q: query })}` : '', base).href;
}

function option(href, choice, classes, part, children) {
  const link = { class: `option ${classes}`, part: `option ${part}`, role: 'option', tabindex: -1, 'aria-selected': 'false', href };
  return { node: el('a', link, ...children), choice: { ...choice, href } };
}

function articleOption(article, { base }, children, part) {
  const href = safeUrl(article.url, base);
  return href && option(href, { kind: isQuestion(article) || 'article', id: article.id, title: article.title }, part, part, children);
}

// Questions of the open forum have pages of their own, which are never shown in the box.
const isQuestion = ({ id }) => /^q\//.test(id) && 'question';

function words(hit, whole, texts) {
  const name = el('span', { class: 'name', part: 'title' }, ...marked(hit.title_parts, hit.title));
  const path = [isQuestion(hit) && texts.question, ...(hit.category || [])].filter(Boolean).join(' › ');
  return el(
    'span',
    { class: 'words' },
    name,
    whole && hit.snippet_parts?.length && el('span', { class: 'snippet', part: 'snippet' }, ...marked(hit.snippet_parts)),
    path && el('span', { class: 'path', part: 'path' }, path),
  );
}

function answerOption(direct, answer, context) {
  const title = direct.title ?? answer.hits?.find((hit) => hit.id === direct.id)?.title ?? '';
  return articleOption({ ...direct, title }, context, [
    el('span', { class: 'tag' }, context.texts.answer),
    el('span', { class: 'name', part: 'title' }, title),
    el('span', { class: 'text', part: 'answer-text' }, direct.text),
    el('span', { class: 'more' }, context.texts.read),
  ], 'answer');
}

function searchOption(context) {
  const choice = { kind: 'search', query: context.query };
  const name = el('span', { class: 'name' }, fill(context.texts.searchFor, { q: context.query }));
  return option(pageUrl(context), choice, 'all', 'search', [icon('go'), el('span', { class: 'words' }, name)]);
}

// The way to a person. The page's own `contact` goes before the help centre's.
function askOption(answer, { texts, base, query, contact }, leads) {
  const href = safeUrl(contact, location.href) ?? safeUrl(answer.escalate?.url, base);
  const name = leads ? texts.ask : texts.askHint;
  return href && option(href, { kind: 'ask', query }, leads ? 'ask lead' : 'ask', 'ask', [
    icon('ask'),
    el('span', { class: 'words' }, el('span', { class: 'name' }, name)),
    leads ? icon('go') : el('span', { class: 'act', part: 'ask-button' }, texts.ask),
  ]);
}

function meant(answer, { texts, suggest }) {
  const better = answer.did_you_mean;
  return better && el('div', { class: 'meant', part: 'did-you-mean' }, `${texts.didYouMean} `,
    el('button', { type: 'button', click: () => suggest(better) }, better));
}

function doubt(found, ask, { texts, query }) {
  const hint = ask ? (found ? texts.unsureHint : texts.noneHint) : '';
  return el('div', { class: 'note', part: 'note' },
    el('strong', null, found ? texts.unsure : fill(texts.none, { q: query })),
    hint && el('p', null, hint));
}

function foot(answer, found, context) {
  const { texts } = context;
  const words = answer.total > found && found ? fill(texts.all, { n: answer.total }) : found ? '' : texts.home;
  const link = { href: pageUrl(found ? context : { ...context, query: '' }), part: 'all' };
  return [words ? el('a', link, words) : el('span'), el('span', { class: 'keys', 'aria-hidden': 'true' }, '↑ ↓ ↵ Esc')];
}
