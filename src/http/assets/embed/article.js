// What of an article's HTML is shown in place? Only what is on the list, copied node by node; the server sanitises it
// too, but a company's page should not have to trust that.

import { el, safeUrl } from './dom.js';

const KEPT = new Set(
  ('p br hr ul ol li dl dt dd strong b em i del code kbd samp pre blockquote h2 h3 h4 h5 h6 ' +
    'table thead tbody tr th td details summary sup sub mark').split(' '),
);
const DROPPED = new Set('script style template noscript iframe object embed svg math form input button select textarea'.split(' '));
const DEEPEST = 40;

// The article's body as nodes; null when the page forbids parsing (Trusted Types): then its short answer is shown.
export function articleBody(html, base, pictureText) {
  let parsed;
  try {
    parsed = new DOMParser().parseFromString(html, 'text/html');
  } catch {
    return null;
  }
  return copies(parsed.body, { base, pictureText }, 0);
}

function copies(parent, context, depth) {
  if (depth > DEEPEST) return [parent.textContent];
  return [...parent.childNodes].flatMap((node) => copy(node, context, depth + 1));
}

function copy(node, context, depth) {
  if (node.nodeType === Node.TEXT_NODE) return [node.data];
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const name = node.localName;
  if (DROPPED.has(name) || node.getAttribute('aria-hidden') === 'true') return [];
  if (name === 'img') return picture(node, context);
  const inner = copies(node, context, depth);
  if (name === 'a') return link(node, inner, context);
  if (name === 'table') return [el('div', { class: 'scroll', tabindex: 0 }, el('table', null, ...inner))];
  return KEPT.has(name) ? [el(name, null, ...inner)] : inner;
}

// Anchors of headings (`#…`) lead nowhere inside the box; other links open beside the company's page.
function link(node, inner, { base }) {
  const address = node.getAttribute('href');
  if (!address || address.startsWith('#')) return inner.join('').trim() === '#' ? [] : inner;
  const href = safeUrl(address, base);
  return href ? [el('a', { href, target: '_blank', rel: 'noopener' }, ...inner)] : inner;
}

// The page's policy may forbid pictures from elsewhere, so a picture becomes a link to it.
function picture(node, { base, pictureText }) {
  const href = safeUrl(node.getAttribute('src'), base);
  const name = `［${node.getAttribute('alt') || pictureText}］`;
  return href ? [el('a', { href, target: '_blank', rel: 'noopener' }, name)] : [name];
}
