// Runs once, inside the page's ledger component, which gives: element, trigger, props, watch.
// Draws nothing that came from outside except through textContent. Conversations live in this browser only:
// localStorage holds them, sessionStorage holds which one this tab shows, and each question takes it along: no server
// keeps any, so the next question may go to another one.
const KEPT = 'footnote.conversation.';
const CURRENT = 'footnote.current';
const FEEDBACK = 'footnote.feedback';
const PAGES = ['library', 'evaluation'];
const MOST_KEPT = 100;
const MOST_SENT = 2500000; // characters of a conversation; the server reads a little more
const exportsOf = new Map();
const opened = new Set();
let shownTurn = null;
let openTurn = '';
let lastTurn = null;
let current = localStorage.getItem(KEPT + sessionStorage.getItem(CURRENT));

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const narrow = () => window.matchMedia('(max-width: 900px)').matches;
const calm = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
const behaviour = () => (calm() ? 'auto' : 'smooth');

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') node.textContent = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function say(text) {
  let toast = $('#toast');
  if (!toast) {
    toast = make('div', { id: 'toast', role: 'status', 'aria-live': 'polite' });
    document.body.append(toast);
  }
  toast.textContent = text;
  toast.classList.add('shown');
  clearTimeout(say.timer);
  say.timer = setTimeout(() => toast.classList.remove('shown'), 2200);
}

/* ---- the sources beside the answer ---- */

function showGroup(turn) {
  shownTurn = turn;
  const groups = $$('#sources .group');
  for (const group of groups) group.hidden = group.dataset.group !== turn;
  $('#right').classList.toggle('citing', groups.some((group) => !group.hidden));
  for (const section of $$('#talk .turn')) section.classList.toggle('chosen', section.dataset.turn === turn);
}

function showReader(on) {
  $('#right').classList.toggle('reading', on);
}

function quoteOf(turn, marker) {
  return document.getElementById(`cite-${turn}-${marker}`);
}

function cite(button) {
  const { turn, marker } = button.dataset;
  hidePopover();
  showReader(false);
  showGroup(turn);
  const quote = quoteOf(turn, marker);
  if (!quote) return;
  for (const other of $$('#sources .quote.chosen')) other.classList.remove('chosen');
  for (const other of $$('#talk .marker.chosen')) other.classList.remove('chosen');
  quote.classList.add('chosen');
  button.classList.add('chosen');
  quote.scrollIntoView({ behavior: behaviour(), block: narrow() ? 'start' : 'center' });
  quote.focus({ preventScroll: true });
}

function backToSentence(turn, marker) {
  const button = $(`#turn-${turn} .marker[data-marker="${marker}"]`);
  if (!button) return;
  button.scrollIntoView({ behavior: behaviour(), block: 'center' });
  button.focus({ preventScroll: true });
}

function openArticle(button) {
  showConversation();
  const { turn, article, start, end, version, now } = button.dataset;
  if (turn !== undefined) openTurn = turn;
  else if (!button.closest('#reader')) openTurn = '';
  trigger('open', { turn: openTurn, article, start: Number(start), end: Number(end), version: version || '', now: Boolean(now), kept: kept() });
}

function articleDrawn() {
  const reader = $('#reader .reader');
  if (!reader) return;
  showReader(true);
  const target = $('#focus', reader) || reader;
  if (narrow()) reader.scrollIntoView({ block: 'start' });
  target.scrollIntoView({ block: target === reader ? 'start' : 'center' });
  target.setAttribute('tabindex', '-1');
  target.focus({ preventScroll: true });
}

/* ---- the quote at hand: hover, focus or tap a marker ---- */

function popover() {
  let box = $('#popover');
  if (!box) {
    box = make('div', { id: 'popover', role: 'tooltip', hidden: '' });
    document.body.append(box);
  }
  return box;
}

function showPopover(button) {
  const quote = quoteOf(button.dataset.turn, button.dataset.marker);
  if (!quote) return;
  const card = quote.closest('.card');
  const box = popover();
  const source = [$('.outlet', card)?.textContent, $('h3', card)?.textContent].filter(Boolean).join(' · ');
  box.replaceChildren(
    make('p', { class: 'said', text: $('mark', quote).textContent }),
    make('p', { class: 'by', text: source }),
  );
  box.hidden = false;
  const at = button.getBoundingClientRect();
  const width = Math.min(360, window.innerWidth - 24);
  box.style.width = `${width}px`;
  box.style.left = `${Math.max(12, Math.min(at.left - 24, window.innerWidth - width - 12))}px`;
  const below = at.bottom + 8;
  const fits = below + box.offsetHeight < window.innerHeight;
  box.style.top = `${fits ? below : Math.max(8, at.top - box.offsetHeight - 8)}px`;
  button.setAttribute('aria-describedby', 'popover');
}

function hidePopover() {
  clearTimeout(showPopover.timer);
  const box = $('#popover');
  if (box) box.hidden = true;
  for (const button of $$('.marker[aria-describedby]')) button.removeAttribute('aria-describedby');
}

/* ---- asking, editing, taking away ---- */

const busy = () => Boolean($('#talk .turn[aria-busy="true"]'));

function ask(question, before = '') {
  if (busy()) return say('An answer is being written. Stop it first.');
  trigger('ask', { question, before, kept: kept() });
}

function edit(turn) {
  const header = $(`#turn-${turn} .question`);
  const heading = $('h2', header);
  if (!heading || busy()) return;
  const field = make('textarea', { 'aria-label': 'Question', maxlength: '2000', rows: '2' });
  field.value = heading.textContent;
  const form = make('form', { class: 'editing' }, field,
    make('div', {}, make('button', { type: 'submit', text: 'Ask' }), make('button', { type: 'button', text: 'Cancel' })));
  const leave = () => { form.remove(); header.hidden = false; };
  const send = () => { const text = field.value.trim(); leave(); if (text) ask(text, turn); };
  form.addEventListener('submit', (event) => { event.preventDefault(); send(); });
  form.querySelector('[type=button]').addEventListener('click', leave);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); send(); }
    if (event.key === 'Escape') leave();
  });
  header.hidden = true;
  document.body.append(form);
  header.after(form);
  field.focus();
}

async function copyText(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say('This browser does not let the page copy.');
  }
}

function save(button) {
  const { turn, format } = button.dataset;
  button.closest('details').open = false;
  opened.delete(`take-${turn}`);
  const text = exportsOf.get(turn)?.[format];
  if (text) download(text, `${format === 'json' ? 'application/json' : 'text/markdown'};charset=utf-8`, `answer-${turn}.${format}`);
  else trigger('take', { turn, format, kept: kept() });
}

function unpack(parcel) {
  const bytes = Uint8Array.from(atob(parcel.data), (sign) => sign.charCodeAt(0));
  download(bytes, parcel.type, parcel.name);
}

function download(text, type, name) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = make('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function linkTo(turn) {
  const question = $(`#turn-${turn} h2`).textContent;
  const url = new URL(window.location.pathname, window.location.origin);
  url.searchParams.set('q', question);
  copyText(url.toString(), 'Link copied. It asks this question of the same articles.');
}

/* ---- conversations kept in this browser ---- */

function kept() {
  if (current && current.length > MOST_SENT) {
    say('This conversation is full. A new one begins; the old one is in History.');
    current = null;
  }
  return current;
}

function keptConversations() {
  const kept = [];
  for (let i = 0; i < localStorage.length; i += 1) {
    const key = localStorage.key(i);
    if (!key.startsWith(KEPT)) continue;
    try {
      const one = JSON.parse(localStorage.getItem(key));
      const last = one.exchanges[one.exchanges.length - 1];
      kept.push({ id: one.conversation_id, title: one.exchanges[0].question, at: last.asked_at,
        text: one.exchanges.map((exchange) => exchange.question).join(' ').toLowerCase() });
    } catch {
      localStorage.removeItem(key);
    }
  }
  return kept.sort((a, b) => (a.at < b.at ? 1 : -1));
}

function keep(conversation) {
  if (!conversation.exchanges.length) return;
  sessionStorage.setItem(CURRENT, conversation.conversation_id);
  const text = JSON.stringify(conversation);
  current = text;
  for (const old of keptConversations().slice(MOST_KEPT)) localStorage.removeItem(KEPT + old.id);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    try {
      localStorage.setItem(KEPT + conversation.conversation_id, text);
      return;
    } catch {
      const oldest = keptConversations().filter((one) => one.id !== conversation.conversation_id).pop();
      if (!oldest) return;
      localStorage.removeItem(KEPT + oldest.id);
    }
  }
}

function fresh() {
  current = null;
  sessionStorage.removeItem(CURRENT);
  showConversation();
  trigger('fresh', {});
  const field = $('#question textarea');
  if (field) field.focus();
}

function listConversations(list, search) {
  const sought = search.value.trim().toLowerCase();
  const rows = keptConversations().filter((one) => one.text.includes(sought)).map((one) => {
    const open = make('button', { type: 'button', class: 'row' },
      make('strong', { text: one.title }), make('span', { text: new Date(one.at).toLocaleString() }));
    open.addEventListener('click', () => {
      $('#history').close();
      sessionStorage.setItem(CURRENT, one.id);
      current = localStorage.getItem(KEPT + one.id);
      showConversation();
      trigger('restore', { kept: localStorage.getItem(KEPT + one.id) });
    });
    const remove = make('button', { type: 'button', class: 'ghost', 'aria-label': `Delete: ${one.title}`, text: 'Delete' });
    remove.addEventListener('click', () => {
      localStorage.removeItem(KEPT + one.id);
      if (sessionStorage.getItem(CURRENT) === one.id) fresh();
      listConversations(list, search);
    });
    return make('li', {}, open, remove);
  });
  list.replaceChildren(...(rows.length ? rows : [make('li', { class: 'hint', text: 'No conversations here.' })]));
}

function showHistory() {
  let dialog = $('#history');
  if (!dialog) {
    const search = make('input', { type: 'search', placeholder: 'Search your questions', 'aria-label': 'Search your questions' });
    const close = make('button', { type: 'button', class: 'ghost', text: 'Close' });
    const list = make('ul', { class: 'listing' });
    const feedback = make('button', { type: 'button', class: 'textlink', text: 'Download my feedback as questions' });
    feedback.addEventListener('click', () => {
      const lines = Object.values(judged()).map((one) => `${JSON.stringify(one)}\n`);
      if (lines.length) download(lines.join(''), 'application/jsonl;charset=utf-8', 'feedback.jsonl');
      else say('No answer has been judged yet.');
    });
    dialog = make('dialog', { id: 'history', 'aria-label': 'Conversations' },
      make('header', {}, make('h2', { text: 'Conversations' }), close),
      make('p', { class: 'hint', text: 'Kept in this browser only.' }), search, list, feedback);
    search.addEventListener('input', () => listConversations(list, search));
    close.addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
    document.body.append(dialog);
  }
  listConversations($('ul', dialog), $('input', dialog));
  dialog.showModal();
}

/* ---- feedback: kept in this browser, taken away as evaluation questions ---- */

function judged() {
  try {
    return JSON.parse(localStorage.getItem(FEEDBACK)) || {};
  } catch {
    return {};
  }
}

function judge(button) {
  const { turn, verdict } = button.dataset;
  const taken = exportsOf.get(turn);
  if (!taken) return;
  const all = judged();
  if (all[turn]?.feedback === verdict) {
    delete all[turn];
  } else {
    const answer = JSON.parse(taken.json);
    const good = verdict === 'good';
    all[turn] = {
      id: turn, question: answer.question, feedback: verdict, answerable: good ? !answer.abstained : null,
      answers: good ? answer.citations.map((citation) => citation.quote) : [],
      evidence: good ? [...new Set(answer.citations.map((citation) => citation.article_id))] : [],
      answer: answer.answer, index_fingerprint: answer.index_fingerprint, at: new Date().toISOString(),
    };
  }
  localStorage.setItem(FEEDBACK, JSON.stringify(all));
  showJudged();
}

function showJudged() {
  const all = judged();
  for (const button of $$('[data-act=judge]')) {
    button.setAttribute('aria-pressed', String(all[button.dataset.turn]?.feedback === button.dataset.verdict));
  }
}

/* ---- look ---- */

function theme(name) {
  document.body.classList.toggle('dark', name === 'dark');
  document.documentElement.style.colorScheme = name;
}

function switchTheme() {
  const name = document.body.classList.contains('dark') ? 'light' : 'dark';
  localStorage.setItem('footnote.theme', name);
  theme(name);
}

function toggleFilters(button) {
  const open = $('#composer').classList.toggle('filtering');
  const set = $$('#filter-row input').some((field) => field.value && field.value !== 'Any');
  button.setAttribute('aria-expanded', String(open));
  button.classList.toggle('set', set);
}

/* ---- the pages beside the conversation ---- */

function togglePage(name, on = !document.body.classList.contains(name)) {
  for (const page of PAGES) {
    const shown = on && page === name;
    document.body.classList.toggle(page, shown);
    $(`[data-act=${page}]`).setAttribute('aria-pressed', String(shown));
  }
  if (on) trigger(name, {});
}

const showConversation = () => togglePage('library', false);

const copiesOf = (voice) => $$('#articles .copy').filter((row) => row.dataset.copyOf === voice);

function unfoldCopies(button) {
  const open = button.getAttribute('aria-expanded') !== 'true';
  button.setAttribute('aria-expanded', String(open));
  for (const row of copiesOf(button.dataset.group)) row.hidden = !open;
}

function sortArticles(button) {
  const head = button.closest('th');
  const at = [...head.parentElement.children].indexOf(head);
  const down = head.getAttribute('aria-sort') === 'ascending';
  for (const other of head.parentElement.children) if (other.hasAttribute('aria-sort')) other.setAttribute('aria-sort', 'none');
  head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  const body = $('#articles tbody');
  const key = (row) => row.children[at].dataset.sort;
  const rows = $$('[data-voice]', body).sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  for (const row of down ? rows.reverse() : rows) body.append(row, ...copiesOf(row.dataset.voice));
}

function sift(text) {
  const sought = text.trim().toLowerCase();
  const holds = (row) => row.textContent.toLowerCase().includes(sought);
  for (const row of $$('#articles [data-voice]')) {
    const copies = copiesOf(row.dataset.voice);
    row.hidden = ![row, ...copies].some(holds);
    const open = row.querySelector('[data-act=copies]')?.getAttribute('aria-expanded') === 'true';
    for (const copy of copies) copy.hidden = row.hidden || !(open || (sought && holds(copy)));
  }
}

/* ---- after each drawing: Gradio sets attributes back to what the server drew ---- */

function drawn() {
  for (const id of opened) {
    const fold = document.getElementById(id);
    if (fold) fold.open = true;
  }
  showJudged();
  const turns = $$('#talk .turn');
  const newest = turns.length ? turns[turns.length - 1].dataset.turn : null;
  document.body.classList.toggle('talking', turns.length > 0);
  document.body.classList.toggle('busy', busy());
  if (newest !== lastTurn) {
    lastTurn = newest;
    showReader(false);
    showGroup(newest);
    if (newest) turns[turns.length - 1].scrollIntoView({ behavior: behaviour(), block: 'start' });
  } else {
    showGroup(shownTurn);
  }
}

const ACTS = {
  cite,
  open: openArticle,
  close: () => { showReader(false); const chosen = $('#sources .quote.chosen'); if (chosen) chosen.focus(); },
  return: (button) => backToSentence(button.dataset.turn, button.dataset.marker),
  ask: (button) => ask(button.dataset.question),
  retry: (button) => ask($(`#turn-${button.dataset.turn} h2`).textContent, button.dataset.turn),
  edit: (button) => edit(button.dataset.turn),
  copy: (button) => copyText(exportsOf.get(button.dataset.turn)?.md || '', 'Copied with its footnotes.'),
  save,
  link: (button) => linkTo(button.dataset.turn),
  fresh,
  history: showHistory,
  theme: switchTheme,
  filters: toggleFilters,
  library: () => togglePage('library'),
  evaluation: () => togglePage('evaluation'),
  judge,
  sort: sortArticles,
  copies: unfoldCopies,
  remove: (button) => {
    const { article, title } = button.dataset;
    if (window.confirm(`Remove “${title}” from the index?`)) trigger('remove', { article });
  },
};

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (button) ACTS[button.dataset.act]?.(button);
  const summary = event.target.closest('summary');
  if (summary) {
    const fold = summary.parentElement;
    if (fold.open) opened.delete(fold.id);
    else opened.add(fold.id);
  }
  const section = event.target.closest('#talk .turn');
  if (section && !button && section.dataset.turn !== shownTurn) { showReader(false); showGroup(section.dataset.turn); }
});
document.addEventListener('pointerover', (event) => {
  const button = event.target.closest?.('.marker');
  if (!button || event.pointerType === 'touch') return;
  clearTimeout(showPopover.timer);
  showPopover.timer = setTimeout(() => showPopover(button), 90);
});
document.addEventListener('pointerout', (event) => { if (event.target.closest?.('.marker')) hidePopover(); });
document.addEventListener('focusin', (event) => {
  if (event.target.matches?.('.marker:focus-visible')) showPopover(event.target);
});
document.addEventListener('focusout', (event) => { if (event.target.matches?.('.marker')) hidePopover(); });
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    hidePopover();
    if ($('#right').classList.contains('reading')) ACTS.close();
  }
  const typing = event.target.matches('input, textarea, select');
  if (event.key === '/' && !typing) {
    event.preventDefault();
    $('#question textarea')?.focus();
  }
});
document.addEventListener('input', (event) => { if (event.target.id === 'sift') sift(event.target.value); });
document.addEventListener('footnote:drawn', drawn);
document.addEventListener('footnote:article', articleDrawn);
watch('value', () => {
  if (!props.value) return;
  for (const [turn, taken] of Object.entries(props.value.exports || {})) exportsOf.set(turn, taken);
  if (props.value.parcel) unpack(props.value.parcel);
  if (props.value.conversation) keep(props.value.conversation);
  if (props.value.recalled && linked) ask(linked.slice(0, 2000));
  if (props.value.recalled) linked = null;
});

const chosenTheme = localStorage.getItem('footnote.theme');
if (chosenTheme) theme(chosenTheme);
let linked = new URL(window.location.href).searchParams.get('q');
if (linked) {
  window.history.replaceState(null, '', window.location.pathname);
  sessionStorage.removeItem(CURRENT);
  current = null;
}
window.footnoteKept = kept;
