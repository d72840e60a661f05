// How are nodes made? By hand: nothing is ever parsed as HTML, so no text from anywhere can become markup.

export function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === false || value == null) continue;
    if (typeof value === 'function') node.addEventListener(key, value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

const ICONS = {
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5 12 4.5 4.5',
  clear: 'M6 6l12 12M18 6 6 18',
  back: 'M19 12H5m6-6-6 6 6 6',
  article: 'M6 3h8l4 4v14H6ZM9 12h6m-6 4h6',
  ask: 'M4 5h16v11H10l-5 4v-4H4Z',
  go: 'M9 6l6 6-6 6',
};

export function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', `icon i-${name}`);
  svg.append(document.createElementNS(namespace, 'path'));
  svg.firstChild.setAttribute('d', ICONS[name]);
  return svg;
}

// The API gives texts in stretches; those that match are marked.
export function marked(parts, plain) {
  if (!Array.isArray(parts) || !parts.length) return [plain || ''];
  return parts.map((part) => (part.hit ? el('mark', { part: 'mark' }, String(part.text)) : String(part.text)));
}

// An address that may be followed, absolute; null for `javascript:` and everything else that is not a page or a mailbox.
export function safeUrl(address, base) {
  if (typeof address !== 'string' || !address) return null;
  const mailbox = /^[^\s@/:?#]+@[^\s@/:?#]+$/.test(address);
  try {
    const url = new URL(mailbox ? `mailto:${address}` : address, base);
    return /^(https?|mailto|tel):$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
