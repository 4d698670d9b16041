// The Enter key in an answer updates the advice where it stands; only the button of the record sends the page away.
document.addEventListener('submit', (event) => {
  if (event.target.matches('form.assess') && !event.submitter?.hasAttribute('data-records')) event.preventDefault();
});

// What was unfolded stays unfolded when the advice is painted anew. The page works without this file.
let unfolded = [];
document.addEventListener('htmx:beforeSwap', (event) => {
  if (event.detail.target?.id !== 'says') return;
  unfolded = [...event.detail.target.querySelectorAll('details[open][id]')].map((one) => one.id);
});
document.addEventListener('htmx:afterSwap', (event) => {
  if (event.detail.target?.id !== 'says') return;
  unfolded.forEach((id) => document.getElementById(id)?.setAttribute('open', ''));
});
