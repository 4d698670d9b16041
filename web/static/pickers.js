// People and clients found by typing: a listbox under a text field that works without this file as well. Three fields
// belong together: what was typed, the value that was chosen, and the text for which it was chosen.
const make = (tag, attributes = {}, text = '') => {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.textContent = text;
  return element;
};
const changed = (element) => element.dispatchEvent(new Event('change', { bubbles: true }));
const quoted = (text) => `“${text}”`;

class Picker {
  constructor(field) {
    this.field = field;
    this.input = field.querySelector('input[type=text]');
    this.list = make('ul', { role: 'listbox', id: `${this.input.id}-list`, 'aria-label': 'Matches' });
    this.list.hidden = true;
    this.input.after(this.list);
    Object.entries({ role: 'combobox', 'aria-expanded': 'false', 'aria-controls': this.list.id, 'aria-autocomplete': 'list' })
      .forEach(([name, value]) => this.input.setAttribute(name, value));
    this.turn = 0;
    this.input.addEventListener('input', () => { this.isStale = true; this.isAsked = false; clearTimeout(this.waiting); this.waiting = setTimeout(() => this.ask(), 150); });
    this.input.addEventListener('click', () => { if (this.list.hidden) this.ask(); });
    this.input.addEventListener('keydown', (event) => this.press(event));
    this.input.addEventListener('blur', () => this.close());
    this.list.addEventListener('mousedown', (event) => event.preventDefault());
    this.list.addEventListener('click', (event) => this.choose(event.target.closest('[role=option]')));
  }

  get options() { return [...this.list.querySelectorAll('[role=option]')]; }

  get current() { return this.options.find((option) => option.getAttribute('aria-selected') === 'true'); }

  ask() {
    this.isAsked = true;
    this.asking = this.load();
    return this.asking;
  }

  async load() {
    const turn = ++this.turn;
    const stands = this.field.querySelector('[data-for]').value;
    const text = this.input.value.trim();
    const address = new URL(this.field.dataset.find, location.href);
    address.searchParams.set('q', text === stands ? '' : text);
    try {
      const answer = await fetch(address, { headers: { Accept: 'application/json' } });
      if (turn !== this.turn || !answer.ok) return;
      this.show(await answer.json(), text === stands ? '' : text);
    } catch { this.close(); }
  }

  show({ items, more, may_add: mayAdd }, text) {
    const options = items.map((item) => this.option(item.label, item.about, { 'data-value': item.value, 'data-label': item.label }));
    const notes = [];
    if (!items.length) notes.push('No matches');
    if (more) notes.push('There are more; keep typing');
    const rest = notes.map((note) => make('li', { role: 'presentation', class: 'muted' }, note));
    if (mayAdd && text) rest.push(this.option(`Add ${quoted(text)}…`, 'As a new person', { 'data-new': text, class: 'new' }));
    this.isStale = false;
    this.open([...options, ...rest]);
    this.mark(text && items.length ? options[0] : undefined);
  }

  // Adding takes a step of its own, in which nothing is marked: no key that chooses a match adds anybody.
  offerToAdd(text) {
    this.open([
      make('li', { role: 'presentation', class: 'muted' }, `Add ${quoted(text)} as a new person?`),
      this.option('Employed by us', '', { 'data-add': 'firm' }),
      this.option('Employed by a client', '', { 'data-add': 'client' }),
      this.option('Back to the matches', '', { 'data-back': '' }),
    ]);
  }

  open(rows) {
    this.list.replaceChildren(...rows);
    this.options.forEach((option, place) => { option.id = `${this.list.id}-${place}`; });
    this.list.hidden = false;
    this.input.setAttribute('aria-expanded', 'true');
    this.mark();
  }

  option(label, about, attributes) {
    const option = make('li', { role: 'option', 'aria-selected': 'false', ...attributes });
    option.append(make('bdi', {}, label), make('small', {}, about));
    return option;
  }

  mark(next) {
    this.options.forEach((option) => option.setAttribute('aria-selected', String(option === next)));
    if (next) { this.input.setAttribute('aria-activedescendant', next.id); next.scrollIntoView({ block: 'nearest' }); } else this.input.removeAttribute('aria-activedescendant');
  }

  press(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isOpen = !this.list.hidden;
    if (step) {
      event.preventDefault();
      const isShown = isOpen && !this.isStale;
      this.settled(() => { if (isShown || !this.current) this.move(step); });
    } else if (event.key === 'Enter' && (isOpen ? this.current || this.list.querySelector('[data-add]') : this.isAsked)) {
      event.preventDefault();
      this.settled(() => this.choose(this.current));
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      this.close();
    }
  }

  // Keys wait for the matches of what was typed last, so that none chooses among those of an earlier text.
  settled(act) {
    clearTimeout(this.waiting);
    if ((this.isStale || this.list.hidden) && !this.isAsked) this.ask();
    this.asking.then(() => { if (!this.isStale && !this.list.hidden) act(); });
  }

  // From the first row up is the last match: the row that adds is only reached downwards, past all matches.
  move(step) {
    const all = this.options;
    const reached = step < 0 && this.current !== all.at(-1) ? all.filter((option) => !option.dataset.new) : all;
    const next = this.current || step > 0 ? reached.indexOf(this.current) + step : -1;
    if (reached.length) this.mark(reached.at(next % reached.length));
  }

  choose(option) {
    if (!option) return;
    if (option.dataset.new) { this.offerToAdd(option.dataset.new); return; }
    if ('back' in option.dataset) { this.ask(); return; }
    if (option.dataset.add) this.add(option.dataset.add);
    else if (['people', 'clients'].includes(this.field.dataset.picker)) this.tick(option);
    else this.take(option);
    this.close();
  }

  take(option) {
    this.field.querySelector('[data-value]').value = option.dataset.value;
    this.field.querySelector('[data-for]').value = option.dataset.label;
    this.input.value = option.dataset.label;
    this.settle(option.querySelector('small').textContent);
    changed(this.input);
  }

  tick(option) {
    const picked = this.field.querySelector('.picked');
    const name = this.input.name.replace(/\.name$/, '');
    let box = [...picked.querySelectorAll('input')].find((one) => one.value === option.dataset.value);
    if (!box) {
      const label = make('label', { class: 'choice' });
      box = make('input', { type: 'checkbox', name, value: option.dataset.value });
      const words = make('span', {}, option.dataset.label);
      words.append(make('small', {}, option.querySelector('small').textContent));
      label.append(box, words);
      picked.append(label);
    }
    box.checked = true;
    this.input.value = '';
    this.field.querySelector('[data-for]').value = '';
    this.settle('');
    changed(box);
  }

  settle(about) {
    this.field.querySelector('.about').textContent = about;
    this.field.querySelectorAll('.asked-back, .error').forEach((element) => element.remove());
    this.field.classList.remove('wrong');
    this.input.removeAttribute('aria-invalid');
  }

  // The form comes back with everything that was typed, and the new person in this field.
  add(employer) {
    const button = make('button', { name: 'add', value: `${this.input.name.replace(/\.name$/, '')}:${employer}`, formnovalidate: '' });
    button.hidden = true;
    this.field.append(button);
    this.input.form.requestSubmit(button);
  }

  close() {
    clearTimeout(this.waiting);
    this.turn += 1;
    this.isAsked = false;
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }
}

const dress = (within) => {
  const fields = [...(within.querySelectorAll?.('[data-picker]') ?? [])];
  if (within.matches?.('[data-picker]')) fields.push(within);
  fields.filter((field) => !field.dataset.dressed).forEach((field) => { field.dataset.dressed = ''; new Picker(field); });
};
dress(document);
new MutationObserver((changes) => changes.forEach((c) => c.addedNodes.forEach(dress))).observe(document.body, { childList: true, subtree: true });
