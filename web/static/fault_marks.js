// The preview of a form names the fields that recording it would refuse. They are marked as they are after a refusal, with the
// same words, and no longer once they are mended. What is merely empty yet is not marked, and no name while it is typed.
{
  const listOf = (control) => (control.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean);
  const describe = (control, ids) => {
    if (ids.length) control.setAttribute('aria-describedby', ids.join(' ')); else control.removeAttribute('aria-describedby');
  };
  const unmark = (element, wrapper) => {
    wrapper.classList.remove('wrong');
    wrapper.querySelectorAll(':scope > .error').forEach((error) => error.remove());
    element.removeAttribute('aria-invalid');
    describe(element, listOf(element).filter((id) => id !== `${element.id}-error`));
  };
  const mark = (element, wrapper, message) => {
    const shown = wrapper.querySelector(':scope > .error');
    if (shown?.textContent === message && wrapper.classList.contains('wrong')) return;
    unmark(element, wrapper);
    const error = document.createElement('p');
    error.className = 'error';
    error.id = `${element.id}-error`;
    error.textContent = message;
    wrapper.append(error);
    wrapper.classList.add('wrong');
    if (element !== wrapper) element.setAttribute('aria-invalid', 'true');
    describe(element, [...listOf(element), error.id]);
  };

  // The summary above a refused form lists only what is still wrong.
  const shorten = (faults) => {
    const summary = document.querySelector('main > .refusal');
    summary?.querySelectorAll('li').forEach((line) => {
      if (!faults.has(line.querySelector('a')?.hash.slice(1))) line.remove();
    });
    if (summary && !summary.querySelector('li')) summary.remove();
  };

  const compare = () => {
    const list = document.querySelector('#effect [data-faults]');
    if (!list) return;
    const faults = new Map([...list.children].map((one) => [one.dataset.field, one]));
    document.querySelectorAll('form.form .field [id]:is(input, select, textarea), form.form fieldset.field[id]').forEach((element) => {
      const wrapper = element.closest('.field');
      const isMarked = wrapper.classList.contains('wrong');
      const fault = faults.get(element.id);
      if (!fault) { if (isMarked) unmark(element, wrapper); return; }
      const isOpen = 'missing' in fault.dataset || ('ambiguous' in fault.dataset && wrapper.contains(document.activeElement));
      if (isMarked || !isOpen) mark(element, wrapper, fault.textContent);
    });
    shorten(faults);
  };
  document.addEventListener('htmx:after:swap', compare);
}
