// Habits of the keyboard, the palette, the theme, the reader's own time. Every page works without this file: what it adds
// hangs on links and forms that are there anyway, and listens on the document, so swapped-in parts need no wiring.
const root = document.documentElement;
root.classList.add('js');

const remember = (name, value) => {
  document.cookie = `seatline_${name}=${value}; path=/; max-age=31536000; samesite=lax`;
};
const recall = (name) => document.cookie.match(`(?:^|; )seatline_${name}=([^;]*)`)?.[1] ?? '';

// Theme. The server sets it from the same cookie; this makes a change show at once.
const wear = (theme) => {
  if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
  document.querySelectorAll('[data-themes] button').forEach((b) => b.setAttribute('aria-pressed', String(b.value === theme)));
};
if (!root.dataset.theme && recall('theme')) wear(recall('theme'));
document.addEventListener('submit', (event) => {
  if (!event.target.matches('[data-themes]')) return;
  event.preventDefault();
  const theme = event.submitter?.value ?? '';
  remember('theme', theme);
  wear(theme);
  event.target.hidePopover?.();
});

// Times: UTC as served, the reader's zone as shown, UTC on hover. Dates are left alone: they never shift.
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (number) => String(number).padStart(2, '0');
const local = (at) => `${at.getDate()} ${MONTHS[at.getMonth()]} ${at.getFullYear()}, ${two(at.getHours())}:${two(at.getMinutes())}`;
const localise = (within) => within.querySelectorAll?.('time[data-instant]:not([data-local])').forEach((time) => {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.valueOf())) return;
  time.textContent = local(at);
  time.dataset.local = '';
});
localise(document);
new MutationObserver((changes) => changes.forEach((c) => c.addedNodes.forEach(localise))).observe(document.body, { childList: true, subtree: true });

// Dialogs: a control with data-opens opens one of that id; without scripts its own href leads to the page instead.
const open = (id) => {
  const dialog = document.getElementById(id);
  if (!dialog?.showModal) return false;
  if (!dialog.open) dialog.showModal();
  return true;
};
document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-opens]');
  if (opener && !event.ctrlKey && !event.metaKey && open(opener.dataset.opens)) event.preventDefault();
  if (event.target.matches('dialog')) event.target.close();
  event.target.closest('[data-dismiss]')?.closest('[data-notice]')?.remove();
  const filler = event.target.closest('[data-fills]');
  const filled = filler && document.getElementById(filler.dataset.fills);
  if (filled) {
    filled.value = filler.dataset.value;
    filled.dispatchEvent(new Event('input', { bubbles: true }));
    filled.focus();
  }
});

// A section that folds on a phone is open where an address leads into it; without scripts it is so by its style.
const unfold = () => {
  const fold = document.querySelector(':target')?.closest('.card')?.querySelector(':scope > header > .fold-all');
  if (fold) fold.open = true;
};
['hashchange', 'load'].forEach((name) => addEventListener(name, unfold));
document.addEventListener('click', (event) => { if (event.target.closest('a[href^="#"]')) setTimeout(unfold); });

// A screen reader says only what changes: what a page says at its start is said again once the page stands.
const announcer = document.getElementById('announcer');
const notices = document.querySelectorAll('#notices .notice > span');
if (announcer && notices.length) setTimeout(() => { announcer.textContent = [...notices].map((n) => n.textContent).join(' '); }, 300);

// Keyboard shortcuts. Elements name theirs in data-key ("n", "[", "g c"); typing in a field is never a command.
let single = root.dataset.singleKeys !== 'off' && recall('keys') !== 'off';
const box = document.querySelector('[data-single-keys-switch]');
if (box) box.checked = single;
document.addEventListener('change', (event) => {
  if (!event.target.matches('[data-single-keys-switch]')) return;
  single = event.target.checked;
  remember('keys', single ? 'on' : 'off');
});
let leader = 0;
document.addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    if (open('palette')) event.preventDefault();
    return;
  }
  const typing = event.target.closest?.('input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]');
  if (!single || typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.key === '?') { open('keys'); return; }
  const after = leader && Date.now() - leader < 1500;
  leader = event.key === 'g' && !after ? Date.now() : 0;
  if (leader) return;
  const wanted = after ? `g ${event.key}` : event.key;
  const target = [...document.querySelectorAll('[data-key]')].find((e) => e.dataset.key === wanted);
  if (!target) return;
  event.preventDefault();
  target.click();
});

// The palette: what /palette.json?q= answers, {"items": [{"label", "href", "hint"}]}, as a listbox under the field.
const field = document.getElementById('palette-q');
const list = document.getElementById('palette-list');
let waiting;
let latest = { text: null, rows: Promise.resolve() };
const options = () => [...list.children];
const select = (next) => {
  options().forEach((o) => o.setAttribute('aria-selected', String(o === next)));
  if (next) { field.setAttribute('aria-activedescendant', next.id); next.scrollIntoView({ block: 'nearest' }); } else field.removeAttribute('aria-activedescendant');
};
const load = async (text) => {
  try {
    const answer = await fetch(`/palette.json?q=${encodeURIComponent(text)}`, { headers: { Accept: 'application/json' } });
    const { items } = answer.ok ? await answer.json() : { items: [] };
    if (latest.text !== text) return;
    list.replaceChildren(...items.map((item, i) => {
      const option = document.createElement('li');
      const hint = document.createElement('small');
      option.id = `palette-${i}`;
      option.setAttribute('role', 'option');
      option.dataset.href = item.href;
      if (item.submits) option.dataset.submits = item.submits;
      option.textContent = item.label;
      hint.textContent = item.hint ?? '';
      option.append(hint);
      return option;
    }));
    field.setAttribute('aria-expanded', String(items.length > 0));
    document.querySelector('.palette-none').hidden = items.length > 0 || !text;
    latest.isShown = true;
    select(list.firstElementChild);
  } catch { list.replaceChildren(); latest.text = null; }
};
const ask = () => {
  clearTimeout(waiting);
  if (latest.text !== field.value) { latest = { text: field.value }; latest.rows = load(field.value); }
  return latest.rows;
};
// A command is the form of that name on every page.
const follow = (option) => {
  const button = option?.dataset.submits && document.getElementById(option.dataset.submits)?.querySelector('button');
  if (button) button.click();
  else if (option?.dataset.href?.startsWith('/')) location.assign(option.dataset.href);
};
// Keys wait for the rows of what was typed last: those of an earlier text, still shown, would lead elsewhere.
const press = async (key) => {
  const isShown = latest.text === field.value && latest.isShown;
  await ask();
  const all = options();
  const at = all.findIndex((o) => o.getAttribute('aria-selected') === 'true');
  const step = { ArrowDown: 1, ArrowUp: -1 }[key] ?? 0;
  if (step && isShown && all.length) select(all[(at + step + all.length) % all.length]);
  if (key === 'Enter' && all[at]) follow(all[at]);
  if (key === 'Enter' && !all.length) field.form.submit();
};
if (field) {
  field.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(ask, 90); });
  field.addEventListener('focus', () => { latest.text = null; ask(); });
  field.addEventListener('keydown', (event) => {
    if (event.isComposing || !['ArrowDown', 'ArrowUp', 'Enter'].includes(event.key)) return;
    event.preventDefault();
    press(event.key);
  });
  list.addEventListener('click', (event) => follow(event.target.closest('[role=option]')));
  list.addEventListener('mousemove', (event) => { const o = event.target.closest('[role=option]'); if (o) select(o); });
}
