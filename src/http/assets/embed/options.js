// Which option is selected? The list of the combobox: the field keeps the focus and names the selected option.

export class Options {
  #input;
  #list;
  #options = [];
  selected = -1;

  constructor(input, list) {
    this.#input = input;
    this.#list = list;
  }

  get count() {
    return this.#options.length;
  }

  get current() {
    return this.#options[this.selected];
  }

  // Replaces all of them; `chosen` is called with the click and what the option means.
  show(options, label, chosen) {
    this.#options = options;
    options.forEach(({ node, choice }, index) => {
      node.id = `option-${index}`;
      node.addEventListener('click', (event) => {
        this.selected = index;
        chosen(event, choice);
      });
    });
    this.#list.setAttribute('aria-label', label);
    this.#list.replaceChildren(...options.map(({ node }) => node));
    this.select(-1);
  }

  select(index) {
    this.current?.node.setAttribute('aria-selected', 'false');
    this.selected = index;
    if (!this.current) return this.#input.removeAttribute('aria-activedescendant');
    const { node } = this.current;
    node.setAttribute('aria-selected', 'true');
    this.#input.setAttribute('aria-activedescendant', node.id);
    node.scrollIntoView({ block: 'nearest' });
  }

  // Whether the key moved the selection. Past the ends lies the field itself; Home and End are the field's until then.
  move({ key }) {
    const last = this.count - 1;
    const at = this.selected;
    const targets = { ArrowDown: at >= last ? -1 : at + 1, ArrowUp: at < 0 ? last : at - 1 };
    if (at >= 0) Object.assign(targets, { Home: 0, End: last });
    if (!(key in targets)) return false;
    this.select(targets[key]);
    return true;
  }
}
