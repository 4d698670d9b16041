// Pages that show what is recorded while they are open. One tab of a browser listens to /live and passes on what it hears
// (a shared timeline has a stream of its own, and passes on nothing);
// each page fetches itself anew and exchanges what changed, unless the reader would be moved: then it says so and waits.
{
  const bar = document.getElementById('live');
  const PARTS = 'main > .head, main section.card, main dl.stats';
  const DRAWINGS = 'figure, [data-timeline]';
  const keyOf = (part, place) => part.getAttribute('aria-labelledby') ?? part.getAttribute('aria-label') ?? `${part.localName} ${place}`;
  const partsOf = (within) => new Map([...within.querySelectorAll(PARTS)].map((part, place) => [keyOf(part, place), part]));
  const served = new Map([...partsOf(document)].map(([key, part]) => [key, part.outerHTML]));

  // What the page says of it: "3 new milestones and 1 change".
  const missed = { added: 0, changed: 0 };
  const counted = (count, one, many) => (count ? [`${count.toLocaleString('en')} ${count === 1 ? one : many}`] : []);
  const say = (isStale) => {
    if (!missed.added && !missed.changed) return;
    const words = [...counted(missed.added, 'new milestone', 'new milestones'), ...counted(missed.changed, 'change', 'changes')].join(' and ');
    const notice = document.createElement('div');
    const text = document.createElement('span');
    notice.className = 'notice';
    notice.dataset.notice = '';
    text.textContent = isStale ? `${words}.` : `${words}, shown on this page.`;
    notice.append(text);
    const button = document.createElement('button');
    button.type = 'button';
    if (isStale) {
      button.className = 'btn small';
      button.textContent = 'Show';
      button.addEventListener('click', () => location.reload());
    } else {
      button.className = 'close';
      button.textContent = '×';
      button.dataset.dismiss = '';
      button.setAttribute('aria-label', 'Dismiss');
      missed.added = 0;
      missed.changed = 0;
    }
    notice.append(button);
    bar.replaceChildren(notice);
    const announcer = document.getElementById('announcer');
    if (announcer) announcer.textContent = text.textContent;
  };

  // Where everything in view and above it stands. A part may be exchanged if all of that stays in its place, and so do
  // its own rows where they are in view.
  const places = () => [...document.querySelectorAll(PARTS)].map((part) => part.getBoundingClientRect())
    .map(({ top, height }) => (top < innerHeight ? [top, height].map(Math.round).join() : '')).join(';');
  const isInView = (part) => { const { top, bottom } = part.getBoundingClientRect(); return bottom > 0 && top < innerHeight; };
  const rows = (part) => [...part.querySelectorAll('li, tr')].filter((row) => !row.closest('details:not([open])'))
    .map((row) => row.querySelector('a')?.getAttribute('href') ?? row.textContent.trim()).join('\n');
  const isChanged = (control) => {
    if (control.localName === 'select') return control.selectedIndex !== Math.max(0, [...control.options].findIndex((option) => option.defaultSelected));
    return control.value !== control.defaultValue || Boolean(control.checked) !== Boolean(control.defaultChecked);
  };
  const isBusy = (part) => [...part.querySelectorAll('input, select, textarea')].some((one) => one === document.activeElement || isChanged(one));

  // Exchanges one element for another; what the reader opened, scrolled to or focused stays so.
  const exchange = (old, next) => {
    const each = (selector, act) => {
      const others = next.querySelectorAll(selector);
      old.querySelectorAll(selector).forEach((one, place) => { if (others[place]) act(one, others[place]); });
    };
    const at = old.contains(document.activeElement) ? document.activeElement : null;
    const scrolled = [];
    each('details', (one, other) => { other.open = one.open; });
    each('.scroll, .grid-frame, .ch-wide, [data-timeline]', (one, other) => scrolled.push([other, one.scrollLeft]));
    if (old.matches('[data-timeline]')) scrolled.push([next, old.scrollLeft]);
    old.replaceWith(next);
    scrolled.forEach(([one, left]) => { one.scrollLeft = left; });
    const href = at?.getAttribute('href');
    if (at) (at.id ? next.querySelector(`#${CSS.escape(at.id)}`) : [...next.querySelectorAll('a[href]')].find((a) => a.getAttribute('href') === href))?.focus({ preventScroll: true });
  };

  // Drawings are exchanged even in view. What the reader points at or has focused stays where it is.
  const redraw = (part, next) => {
    const [olds, nexts] = [part, next].map((one) => [...one.querySelectorAll(DRAWINGS)].filter((d) => !d.parentElement.closest(DRAWINGS)));
    if (olds.length !== nexts.length) return;
    const pointed = document.activeElement !== document.body && document.activeElement ? document.activeElement : [...document.querySelectorAll(':hover')].at(-1);
    const before = pointed?.getBoundingClientRect().top;
    olds.forEach((old, place) => exchange(old, nexts[place].cloneNode(true)));
    if (pointed?.isConnected && before >= 0 && before < innerHeight) scrollBy(0, pointed.getBoundingClientRect().top - before);
  };

  // Shows what can be shown of the page as it is now; says whether anything is left.
  const show = (page) => {
    const [olds, nexts] = [partsOf(document), partsOf(page)];
    let isStale = olds.size !== nexts.size;
    nexts.forEach((next, key) => {
      const old = olds.get(key);
      const markup = next.outerHTML;
      if (!old) { isStale = true; return; }
      if (served.get(key) === markup) return;
      if (isBusy(old)) { isStale = true; return; }
      if (!isInView(old) || rows(old) === rows(next)) {
        const before = places();
        const fresh = document.adoptNode(next.cloneNode(true));
        exchange(old, fresh);
        if (places() === before) {
          served.set(key, markup);
          window.htmx?.process(fresh);
          return;
        }
        exchange(fresh, old);
      }
      redraw(old, next);
      isStale = true;
    });
    document.dispatchEvent(new Event('seatline:exchanged'));
    return isStale;
  };

  let waiting;
  let isFetching = false;
  let [took, ended] = [0, 0];
  let reached = Number(bar.dataset.after);
  let [shown, wanted] = [reached, reached];
  // At once after a quiet time, and otherwise not more often than the server can answer.
  const soon = () => { clearTimeout(waiting); if (shown < wanted) waiting = setTimeout(refresh, ended + Math.min(took * 3, 10000) - performance.now()); };
  async function refresh() {
    if (isFetching || document.hidden) return;
    isFetching = true;
    const [target, began] = [wanted, performance.now()];
    let isStale = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html', 'Seatline-Refresh': '1' } });
      if (answer.ok && !answer.redirected) isStale = show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    } catch { /* the notice offers to load the page again */ }
    ended = performance.now();
    [shown, took, isFetching] = [target, ended - began, false];
    say(isStale);
    soon();
  }
  document.addEventListener('visibilitychange', soon);

  const hear = (message) => {
    if (message.position <= reached) return;
    reached = message.position;
    const clients = bar.dataset.clients.split(' ').filter(Boolean);
    const [added, changed] = clients.length && message.clients
      ? clients.map((client) => message.clients[client] ?? [0, 0]).reduce(([a, b], [c, d]) => [a + c, b + d])
      : [message.new, message.changed];
    if (!added && !changed) return;
    wanted = reached;
    missed.added += added;
    missed.changed += changed;
    soon();
  };

  // The tab that listens. It passes on what it hears, and what a new tab has missed since its page was made.
  const { stream } = bar.dataset;
  const channel = stream ? new EventTarget() : new BroadcastChannel('seatline-live');
  if (stream) channel.postMessage = () => {};
  let source = null;
  let start = 0;
  let patience = 10000;
  let heard = [];
  const listen = (after) => {
    source?.close();
    [start, heard] = [after, []];
    source = new EventSource(stream ?? `/live?after=${after}`);
    source.addEventListener('open', () => { patience = 10000; });
    source.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data);
      heard.push(message);
      if (heard.length > 100) start = heard.shift().position;
      channel.postMessage({ heard: message });
      hear(message);
    });
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => listen(reached), patience);
      patience = Math.min(patience * 2, 300000);
    });
  };
  channel.addEventListener('message', ({ data }) => {
    if (data.heard) hear(data.heard);
    else if (source && data.since < start) listen(data.since);
    else if (source) heard.filter((message) => message.position > data.since).forEach((message) => channel.postMessage({ heard: message }));
  });
  channel.postMessage({ since: reached });
  if (stream) listen(0);
  else if (navigator.locks) navigator.locks.request('seatline-live', () => { listen(reached); return new Promise(() => {}); });
  else {
    // Without HTTPS a browser has no locks: the tab in view listens.
    const attend = () => { if (document.hidden) { source?.close(); source = null; } else if (!source) listen(reached); };
    document.addEventListener('visibilitychange', attend);
    attend();
  }
}
