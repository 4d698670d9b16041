// Charts under the pointer and the keyboard. Without this file titles, links and the as-of form do the same, more slowly.

// Tips: what a mark says, beside it, on hover and on focus. A native <title> would say it twice, so it is taken over.
const tip = document.getElementById('tip');
const words = (mark) => {
  if (mark.dataset.tip) return mark.dataset.tip;
  const title = [...mark.children].find((child) => child.localName === 'title');
  if (!title) return '';
  mark.dataset.tip = title.textContent;
  if (!mark.hasAttribute('aria-label')) mark.setAttribute('aria-label', title.textContent);
  title.remove();
  return mark.dataset.tip;
};
const show = (mark) => {
  const text = words(mark);
  if (!text || !tip) return;
  tip.textContent = text;
  const box = (mark.querySelector('.hit') ?? mark).getBoundingClientRect();
  const x = Math.min(Math.max(box.x + box.width / 2 - tip.offsetWidth / 2, 8), innerWidth - tip.offsetWidth - 8);
  const above = box.y - tip.offsetHeight - 10;
  tip.style.transform = `translate(${x}px, ${above > 8 ? above : box.bottom + 10}px)`;
  tip.dataset.on = '';
};
const hide = () => { if (tip) delete tip.dataset.on; };
const marked = (target) => target.closest?.('svg.tl [data-tip], svg.ch [data-tip]') ?? (target.closest?.('svg.tl, svg.ch') && target.querySelector?.(':scope > title') ? target : null);
document.addEventListener('mouseover', (event) => { const mark = marked(event.target); if (mark) show(mark); else hide(); });
document.addEventListener('focusin', (event) => { const mark = marked(event.target); if (mark) show(mark); else hide(); });
document.addEventListener('scroll', hide, { capture: true, passive: true });

// Stepping: each row of marks is one stop of the Tab key, arrows go along it. Rows are the groups around a.step.
const row = (mark) => [...mark.parentNode.querySelectorAll(':scope > a.step')];
const settle = (within) => within.querySelectorAll?.('svg g:has(> a.step)').forEach((group) => {
  const steps = [...group.querySelectorAll(':scope > a.step')];
  if (!steps.some((s) => s.tabIndex === 0 && s.hasAttribute('tabindex'))) steps.forEach((s, i) => s.setAttribute('tabindex', i ? '-1' : '0'));
});
settle(document);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hide();
  const mark = event.target.closest?.('a.step');
  if (!mark) return;
  const all = row(mark);
  const at = all.indexOf(mark);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next === undefined || !all[next]) return;
  event.preventDefault();
  mark.setAttribute('tabindex', '-1');
  all[next].setAttribute('tabindex', '0');
  all[next].focus();
});

// The as-of cursor follows its range input at once; the page follows when the reader lets go, by the form beside it.
// Months are named in app.js.
const nice = (day) => `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
const dated = (plot, offset) => new Date(Date.parse(plot.dataset.start) + offset * 864e5);
const move = (range) => {
  const plot = range.closest('[data-timeline]').querySelector('.tl-plot');
  const { left, plot: width, days, right, pill } = Object.fromEntries(Object.entries(plot.dataset).map(([k, v]) => [k, Number(v)]));
  const x = left + (width * range.value) / days;
  const words = nice(dated(plot, range.value));
  plot.querySelector('.cursor-line').setAttribute('transform', `translate(${x},0)`);
  plot.querySelector('.cursor-pill').setAttribute('transform', `translate(${Math.min(Math.max(x, left + pill / 2 - 8), right - pill / 2 - 1)},0)`);
  plot.querySelector('.cursor-text').textContent = words;
  plot.querySelector('clipPath .held').setAttribute('width', x - left + 4);
  plot.querySelector('clipPath .planned').setAttribute('x', x);
  plot.querySelector('clipPath .planned').setAttribute('width', right - x);
  range.setAttribute('aria-valuetext', words);
};
document.addEventListener('input', (event) => { if (event.target.matches('[data-as-of]')) move(event.target); });
let letGo;
document.addEventListener('change', (event) => {
  if (!event.target.matches('[data-as-of]')) return;
  const range = event.target;
  const form = range.closest('.card, main')?.querySelector('[data-as-of-form]');
  if (!form) return;
  form.elements.as_of.value = dated(range.closest('[data-timeline]').querySelector('.tl-plot'), range.value).toISOString().slice(0, 10);
  clearTimeout(letGo);
  letGo = setTimeout(() => form.requestSubmit(), 350);
});

// Where scripts have scrolled a timeline to: its scroll event then is an echo, not the reader's.
const placed = new WeakMap();
const place = (frame, left) => {
  frame.scrollLeft = left;
  placed.set(frame, frame.scrollLeft);
};
// On a narrow screen the timeline scrolls: begin where the as-of date is.
const reveal = (within) => within.querySelectorAll?.('[data-timeline]').forEach((frame) => {
  const line = frame.querySelector('.cursor-line');
  if (frame.scrollWidth > frame.clientWidth && line) place(frame, frame.scrollLeft + line.getBoundingClientRect().right - frame.getBoundingClientRect().right + 60);
});
reveal(document);
// Timelines on one axis scroll as one. Without the echoes, or the others would drag the one that the reader is moving.
document.addEventListener('scroll', ({ target }) => {
  if (!target.matches?.('[data-together] [data-timeline]')) return;
  const echo = placed.get(target) === target.scrollLeft;
  placed.delete(target);
  if (echo) return;
  target.closest('[data-together]').querySelectorAll('[data-timeline]').forEach((frame) => { if (frame !== target) place(frame, target.scrollLeft); });
}, { capture: true, passive: true });
document.querySelectorAll('[data-ends-now]').forEach((frame) => { frame.scrollLeft = frame.scrollWidth; });
['htmx:after:swap', 'seatline:exchanged'].forEach((name) => document.addEventListener(name, () => { settle(document); hide(); }));
