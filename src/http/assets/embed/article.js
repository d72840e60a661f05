// What of an article's HTML is shown in place? Only what is on the list, copied node by node; the server sanitises it
// too, but a company's page should not have to trust that.

import { el, safeUrl } from './dom.js';

const KEPT = new Set(
  ('p br hr ul ol li dl dt dd strong b em i del code kbd samp pre blockquote h2 h3 h4 h5 h6 ' +
    'table thead tbody tr th td details summary sup sub mark').split(' '),
);
const DROPPED = new Set('script style template noscript iframe object embed svg math form input button select textarea'.split(' '));
const DEEPEST = 40;

export function articleView(answer, { title, href }, read) {
  return el(
    'div',
    { class: 'article', part: 'article' },
    el('div', { class: 'title', role: 'heading', 'aria-level': 2, tabindex: -1, part: 'article-title' }, answer.title || title),
    el('div', { class: 'body' }, ...body(answer, href)),
    el('a', { href, target: '_blank', rel: 'noopener' }, read),
  );
}

// A page may forbid parsing altogether (Trusted Types): then there is the short answer.
function body({ html, answer }, base) {
  try {
    return copies(new DOMParser().parseFromString(html, 'text/html').body, base, 0);
  } catch {
    return [el('p', null, answer)];
  }
}

function copies(parent, base, depth) {
  if (depth > DEEPEST) return [parent.textContent];
  return [...parent.childNodes].flatMap((node) => copy(node, base, depth + 1));
}

function copy(node, base, depth) {
  if (node.nodeType === Node.TEXT_NODE) return [node.data];
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const name = node.localName;
  if (DROPPED.has(name) || node.getAttribute('aria-hidden') === 'true') return [];
  if (name === 'img') return picture(node, base);
  const inner = copies(node, base, depth);
  if (name === 'a') return link(node, inner, base);
  if (name === 'table') return [el('div', { class: 'scroll', tabindex: 0 }, el('table', null, ...inner))];
  return KEPT.has(name) ? [el(name, null, ...inner)] : inner;
}

// Anchors of headings (`#…`) lead nowhere inside the box; other links open beside the company's page.
function link(node, inner, base) {
  const address = node.getAttribute('href');
  if (!address || address.startsWith('#')) return inner.join('').trim() === '#' ? [] : inner;
  const href = safeUrl(address, base);
  return href ? [el('a', { href, target: '_blank', rel: 'noopener' }, ...inner)] : inner;
}

// The page's policy may forbid pictures from elsewhere, so a picture becomes a link to it.
function picture(node, base) {
  const href = safeUrl(node.getAttribute('src'), base);
  const name = `［${node.getAttribute('alt') || '…'}］`;
  return href ? [el('a', { href, target: '_blank', rel: 'noopener' }, name)] : [name];
}
