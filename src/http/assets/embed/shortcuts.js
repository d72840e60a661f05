// Which keys open the box from anywhere on the page? `/` and Ctrl+K or Cmd+K, except while typing in any field.

const FIELDS = 'input, textarea, select, [contenteditable]:not([contenteditable="false" i]), [role=textbox], [role=searchbox], [role=combobox]';
const NO_TEXT = /^(button|checkbox|color|file|image|radio|range|reset|submit)$/;

// `slash`, `ctrl-k` or null.
export function shortcutOf(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey || typing(event)) return null;
  const command = event.ctrlKey || event.metaKey;
  if (event.key === '/' && !command) return 'slash';
  return command && !event.shiftKey && event.key?.toLowerCase() === 'k' ? 'ctrl-k' : null;
}

// The path crosses open shadow roots of the host page. A closed one shows only its host: it may hold a field.
function typing(event) {
  const path = event.composedPath();
  const closed = path[0] instanceof Element && path[0].localName.includes('-') && !path[0].shadowRoot;
  return closed || path.some((node) => node instanceof Element && node.matches(FIELDS) && !NO_TEXT.test(node.type));
}

// The element that really has the focus, inside shadow roots too.
export function focused() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node;
}
