// What is the box made of? Its nodes, once; what they say comes later, as the language may change.

import { el, icon } from './dom.js';

const FIELD = {
  part: 'input', type: 'text', name: 'q', role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'list',
  'aria-haspopup': 'listbox', autocomplete: 'off', autocapitalize: 'off', autocorrect: 'off', spellcheck: 'false', enterkeyhint: 'search', maxlength: 200,
};

export function boxNodes(onClear, onLeave) {
  const tool = (name, picture, click) => el('button', { type: 'button', class: `tool ${name}`, part: name, click }, icon(picture));
  const input = el('input', FIELD);
  const clear = tool('clear', 'clear', onClear);
  const leave = tool('leave', 'back', onLeave);
  const spinner = el('span', { class: 'spinner', hidden: true });
  const hint = el('kbd', { 'aria-hidden': 'true' });
  const form = el('form', { class: 'field', part: 'field' }, leave, icon('search'), input, spinner, clear, hint);
  const top = el('div');
  const list = el('div', { id: 'list', class: 'list', part: 'list', role: 'listbox' });
  const foot = el('div', { class: 'foot', part: 'footer', hidden: true });
  const article = el('div', { hidden: true });
  const panel = el('div', { class: 'panel', part: 'panel', popover: 'manual' }, top, list, foot, article);
  const status = el('div', { class: 'quiet', role: 'status', 'aria-live': 'polite' });
  const box = el('div', { class: 'box', part: 'box', role: 'search', popover: 'manual' }, form, panel, status);
  clear.hidden = true;
  return { box, form, input, clear, leave, spinner, hint, panel, top, list, foot, article, status };
}
