// The Enter key in an answer updates the advice where it stands; only the button of the record sends the page away.
document.addEventListener('submit', (event) => {
  if (event.target.matches('form.assess') && !event.submitter?.hasAttribute('data-records')) event.preventDefault();
});

// What was unfolded stays unfolded when the advice is painted anew. The page works without this file.
let unfolded = [];
document.addEventListener('htmx:before:swap', () => {
  unfolded = [...document.querySelectorAll('#says details[open][id]')].map((one) => one.id);
});
document.addEventListener('htmx:after:swap', () => {
  unfolded.forEach((id) => document.getElementById(id)?.setAttribute('open', ''));
});

// The short list follows the answers: questions that came to matter are moved to its end, open ones that no longer
// matter go back to their group. Answered ones stay, and nothing moves above the question being answered.
const isAnswered = (question) => [...question.querySelectorAll('input, select')].some((one) => {
  if (one.type === 'radio' || one.type === 'checkbox') return one.checked && one.value !== '';
  return one.value.trim() !== '' && !one.name.endsWith('.currency');
});
document.addEventListener('htmx:after:swap', () => {
  const short = document.getElementById('short');
  const next = document.querySelector('#says [data-next]')?.dataset.next;
  if (!short || next === undefined) return;
  const active = document.activeElement?.closest('form.assess [data-question]');
  if (active && !short.contains(active)) return;
  const isAbove = (question) => active && !(active.compareDocumentPosition(question) & Node.DOCUMENT_POSITION_FOLLOWING);
  const names = next.split(' ').filter(Boolean);
  for (const question of [...short.querySelectorAll('[data-question]')]) {
    if (names.includes(question.dataset.question) || isAbove(question) || isAnswered(question)) continue;
    document.querySelector(`[data-group="${question.dataset.home}"]`)?.prepend(question);
  }
  for (const name of names) {
    const question = document.getElementById(`q-${name}`)?.closest('[data-question]');
    if (question && !short.contains(question)) short.append(question);
  }
});

// A link to a question opens the group that it is in.
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href^="#q-"]');
  const question = link && document.querySelector(link.getAttribute('href'));
  if (!question) return;
  question.closest('details')?.setAttribute('open', '');
  (question.matches('input, select') ? question : question.querySelector('input, select') ?? question).focus();
});
