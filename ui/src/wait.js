// The waiting page that goes on by itself: it reads the public board, works
// out the number ahead from the ticket, and enters when the turn has come.
//
// It decides nothing. Time and order are the server's; whoever changes this
// script or the clock sees other numbers and enters not a moment earlier.
// Without it the page works by reloading (docs/rules/web.md, W16 to W18).

import { ahead, newer, waitOf } from './place.js';

const root = document.getElementById('wait');
const data = root.dataset;
const title = document.title;
const ticket = {
  kind: Number(data.kind),
  epoch: Number(data.epoch),
  number: BigInt(data.number),
  id: Uint8Array.from(data.ticket.match(/../g), (pair) => parseInt(pair, 16)),
};

const TELL_EVERY = 20_000; // ms between announcements of the number ahead
const GRACE = 10_000; // ms between the announcement of the turn and entering
const SPREAD = 20_000; // seed fetches a second, over everybody

let board = null;
let draw = null;
let drawAsked = false;
let stays = false; // the person asked not to be taken on
let entering = 0;
let told = { at: 0, text: '', ahead: -1 };
let timer = 0;

const find = (id) => document.getElementById(id);
const fill = (text, values) => text.replace(/%[a-z]/g, (key) => values[key]);
const count = (n) => n.toLocaleString(document.documentElement.lang);

/** knows asks place.js, or uses the place the server wrote into the page. */
async function knows() {
  if (data.place === undefined) return ahead(ticket, board, draw);
  const place = BigInt(data.place);
  const serving = BigInt(board.serving);
  return {
    known: board.e === ticket.epoch,
    place,
    ahead: place > serving ? place - serving : 0n,
    called: board.phase === 'open' && place < serving,
  };
}

function stateOf(at) {
  if (board.phase === 'announced') return 'lobby';
  if (board.phase === 'drawn' && !at.known) return 'closed';
  if (board.phase !== 'open') return board.phase;
  if (board.notice === 'quota_used') return 'quota';
  if (at.called && (data.state === 'seat' || data.state === 'slow')) return data.state;
  if (board.paused) return 'paused';
  return at.called ? 'turn' : 'open';
}

function show(state, at) {
  data.state = state;
  for (const section of root.querySelectorAll('[data-shown]')) section.hidden = section.dataset.shown !== state;
  for (const span of root.querySelectorAll('[data-in]')) span.hidden = true; // it was true when the page came
  const time = new Date(board.now * 1000).toLocaleTimeString('en-GB', { timeZone: data.zone });
  find('at').textContent = fill(data.at, { '%t': time });
  showNotice();
  const counted = at.known && !['turn', 'seat', 'slow', 'ended'].includes(state);
  document.title = state === 'turn' ? data.titleTurn : title;
  find('numbers').hidden = find('bar').hidden = !counted;
  if (!counted) return;
  const people = count(at.ahead);
  find('n-ahead').textContent = at.ahead === 1n ? data.person : fill(data.people, { '%n': people });
  find('n-place').textContent = fill(data.nth, { '%n': count(at.place + 1n) });
  find('n-wait').textContent = waitWords(at);
  find('bar').max = Number(at.place + 1n);
  find('bar').value = Math.min(board.serving, Number(at.place + 1n));
  document.title = fill(data.title, { '%n': people });
}

function waitWords(at) {
  const told = board.paused || board.phase !== 'open' || board.notice === 'quota_used' ? null : waitOf(at.ahead, board.rate);
  if (!told) return data.unknown;
  const values = { '%l': spell(told[0]), '%h': spell(told[1]) };
  return fill(told[0] <= 0 ? data.within : data.interval, values);
}

function spell(seconds) {
  const values = { '%m': Math.floor(seconds / 60), '%s': seconds % 60 };
  if (values['%m'] === 0) return fill(data.seconds, values);
  return fill(values['%s'] === 0 ? data.minutes : data.minutesSeconds, values);
}

/** showNotice shows the board's notice, and an opening that was moved. */
function showNotice() {
  for (const p of root.querySelectorAll('[data-notice]')) p.hidden = p.dataset.notice !== board.notice;
  if (Number(data.opens) === board.opens) return;
  data.opens = board.opens;
  const time = new Date(board.opens * 1000).toLocaleString(document.documentElement.lang, {
    timeZone: data.zone, dateStyle: 'full', timeStyle: 'short',
  });
  for (const p of root.querySelectorAll('[data-when]')) p.textContent = fill(data.opensAt, { '%t': time });
}

/** tell speaks to screen readers: a new state at once, numbers seldom. */
function tell(state, at) {
  const now = performance.now();
  const heading = root.querySelector(`[data-shown="${state}"] h2`).textContent;
  const n = at.known ? Number(at.ahead) : -1;
  let text = heading;
  if (state === 'open' && at.known) text = fill(data.say, { '%n': count(n) });
  if (state === 'turn' && !stays) text = data.going;
  const moved = state !== told.state || Math.abs(n - told.ahead) > Math.max(told.ahead / 10, 1);
  if (text === told.text || !moved || (state === told.state && now - told.at < TELL_EVERY)) return;
  if (told.state !== undefined) find('live').textContent = text;
  told = { at: now, text, ahead: n, state };
}

async function read() {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 10_000);
  // Everybody reads the same: without the cookies a question is half as long.
  const answer = await fetch(`/board/${data.campaign}`, { cache: 'no-cache', credentials: 'omit', signal: stop.signal });
  if (!answer.ok) throw new Error(`board ${answer.status}`);
  board = newer(board, await answer.json());
  board.now = Date.parse(answer.headers.get('Date')) / 1000;
  return board;
}

/** getDraw fetches the draw once it is held, spread over everybody. */
function getDraw() {
  const held = board.phase === 'drawn' || board.phase === 'open';
  if (!held || drawAsked || data.place !== undefined || ticket.kind !== 1) return;
  drawAsked = true;
  setTimeout(async () => {
    try {
      draw = await (await fetch(`/draw/${data.campaign}/draw.json`)).json();
      if (!draw.seed) throw new Error('not held');
      await update();
    } catch {
      drawAsked = false; // the next look at the board tries again
    }
  }, (Math.random() * 1000 * board.L) / SPREAD);
}

async function update() {
  const at = await knows();
  const state = stateOf(at);
  show(state, at);
  tell(state, at);
  turn(state);
  return at;
}

/** turn enters by itself while the page is seen, some seconds after saying so. */
function turn(state) {
  const called = state === 'turn' || state === 'seat' || state === 'slow';
  if (!called || stays || document.hidden) {
    clearTimeout(entering);
    entering = 0;
  } else if (!entering) {
    entering = setTimeout(enter, state === 'turn' ? GRACE : 5000 + Math.random() * 5000);
  }
  for (const stay of root.querySelectorAll('[data-stay]')) stay.hidden = stays;
}

async function enter() {
  entering = 0;
  const form = root.querySelector('form.enter');
  try {
    const answer = await fetch(form.action, {
      method: 'POST', body: new URLSearchParams(), headers: { Accept: 'application/json' },
    });
    const said = await answer.json();
    if (answer.ok) {
      location.assign(said.url);
      return;
    }
    find('stale').hidden = answer.status < 500;
    if (answer.status < 500 && answer.status !== 409) {
      form.submit(); // the server's page says what is the matter
      return;
    }
    data.state = { 'gate.turn': 'seat', 'gate.slow_line': 'slow' }[said.message] || data.state;
  } catch {
    find('offline').hidden = false;
  }
  await update();
}

/** pause is how long until the next look: the board's own table, at random. */
function pause(at) {
  const distance = board.phase === 'open' && at.known ? Number(at.ahead) : Infinity;
  let step = board.poll[0];
  for (const s of board.poll) if (s[0] <= distance) step = s;
  let ms = 1000 * (step[1] + Math.random() * (step[2] - step[1]));
  const opens = (board.opens - board.now) * 1000;
  if (opens > 0 && opens < ms) ms = opens + Math.random() * Math.max(3000, (1000 * board.L) / SPREAD);
  return ms;
}

async function look() {
  clearTimeout(timer);
  let next = 8000 + Math.random() * 12_000;
  try {
    await read();
    find('offline').hidden = true;
    getDraw();
    next = pause(await update());
    if (board.phase === 'ended') return;
  } catch {
    find('offline').hidden = false;
  }
  timer = setTimeout(look, next);
}

let seen = performance.now();
document.addEventListener('visibilitychange', () => {
  if (board) turn(data.state);
  if (document.hidden || performance.now() - seen < 5000) return;
  seen = performance.now();
  look();
});
window.addEventListener('offline', () => { find('offline').hidden = false; });
root.addEventListener('click', (event) => {
  if (!event.target.closest('[data-stay]')) return;
  stays = true;
  turn(data.state);
});

look();
