// The wallet. It opens from this device, shows a code that turns, and asks the server for
// nothing but a load that a person begins.

import { dayOf, ended, heldOn, inOrder, TURN, turnOf } from './days.js';
import { drawCode, drawFrame, drawSign, step } from './draw.js';
import { works } from './hpke.js';
import { load, Refused } from './load.js';
import { nonceOf, present } from './present.js';
import { sealToken, visitDay } from './token.js';
import { asked, check, forget, open, people, stay } from './vault.js';
import { factsOf, spokenOf, titleOf, warningOf, wordsOf } from './words.js';

const CHOSEN = 'naru-wallet-chosen';
const ANSWERS = 60000; // ms for which a scanner's number goes into the code

const page = document.getElementById('wallet');
const w = wordsOf(page);
const by = (id) => document.getElementById(id);

let db;
let all = []; // people
let shown = null; // {person, proof}
let drawn = null; // the turn that is on the screen
let answer = null; // {nonce, until}: what a scanner asked for
let sealing = false; // the browser can seal visit tokens

start();

async function start() {
  drawFrame(by('frame'));
  worker();
  db = await open();
  sealing = await works();
  all = await people(db);
  await lost();
  choose(all.find((p) => p.id === localStorage.getItem(CHOSEN)) ?? all[0]);
  listen();
  by('works').hidden = false; // not before: a press would leave the page
  by('needs').hidden = true;
  tick();
  if ((await asked(db)).length > 0) bring(); // a load whose answer never came
  stay();
}

function worker() {
  if (!('serviceWorker' in navigator)) return;
  for (const scope of JSON.parse(page.dataset.scopes)) {
    navigator.serviceWorker.register(page.dataset.worker, { scope, updateViaCache: 'all' }).catch(() => {}); // it works without, not offline
  }
  navigator.serviceWorker.ready.then(() => { page.dataset.kept = 'yes'; });
}

async function lost() {
  const what = await check(all, document.cookie);
  page.dataset.lost = what;
  by('lost').hidden = what === 'none';
  by('lost-all').hidden = what !== 'all';
  by('lost-part').hidden = what !== 'part';
}

// ---- who and which proof

function choose(person, proof) {
  const proofs = person ? inOrder(person.proofs, Date.now()) : [];
  shown = proofs.length > 0 ? { person, proof: proof ?? proofs[0] } : null;
  drawn = null;
  by('show').hidden = !shown;
  by('f-name').checked = false;
  buttons(by('people'), all.length > 1 ? all : [], (p) => p.name, (p) => p === person, (p) => choose(p));
  buttons(by('proofs'), proofs.length > 1 ? proofs : [], (p) => titleOf(w, p), (p) => p === shown.proof, (p) => choose(person, p));
  by('load-title').textContent = w.say(all.length > 0 ? 'load_more' : 'load_first');
  if (!shown) return;
  localStorage.setItem(CHOSEN, person.id);
  page.dataset.person = person.id;
  tell();
  turn();
}

function buttons(place, items, name, current, act) {
  place.hidden = items.length === 0;
  place.replaceChildren(...items.map((item) => {
    const b = document.createElement('button');
    b.type = 'button';
    b.className = 'secondary';
    b.textContent = name(item);
    b.setAttribute('aria-pressed', String(current(item)));
    b.addEventListener('click', () => act(item));
    return b;
  }));
}

// tell writes what does not change with the turn; the live region is read by itself.
function tell() {
  const { person, proof } = shown;
  const now = Date.now();
  const over = ended(proof, now);
  by('pass').dataset.kind = over ? 'ended' : String(proof.kind);
  drawSign(by('sign'), over ? 'ended' : proof.kind);
  by('word').textContent = over ? w.say('over') : titleOf(w, proof);
  by('facts').textContent = over ? `${titleOf(w, proof)} · ${factsOf(w, proof, now)}` : factsOf(w, proof, now);
  by('holder').textContent = person.name;
  const soon = person.proofs.map((p) => [p, warningOf(w, p, now)]).filter(([, text]) => text !== '');
  by('warn').hidden = soon.length === 0;
  by('warn').textContent = soon.map(([p, text]) => `${titleOf(w, p)}: ${text}`).join(' ');
  by('said').textContent = spokenOf(w, person, proof, now);
}

// ---- the code

// tick comes at each second, and at once when the page is looked at again.
let ticking = 0;

function tick() {
  clearTimeout(ticking);
  if (document.hidden) return;
  const now = Date.now();
  by('clock').textContent = w.clock(now);
  step(by('frame'), Math.floor(now / 1000));
  by('left').textContent = w.say('turns_in', { n: TURN - (Math.floor(now / 1000) % TURN) });
  if (shown && turnOf(now) !== drawn) {
    tell();
    turn();
  }
  ticking = setTimeout(tick, 1000 - (now % 1000));
}

let turning = 0;

async function turn() {
  const own = ++turning;
  const { person, proof } = shown;
  const now = Date.now();
  drawn = turnOf(now);
  if (answer && now >= answer.until) answered();
  const held = heldOn(proof, dayOf(now, w.zone));
  const text = await present(held, {
    time: Math.floor(now / 1000), token: await tokenFor(person, now), nonce: answer?.nonce,
    opening: by('f-name').checked ? { salt: held.salt, name: person.name, born: person.born } : null,
  });
  if (own === turning) drawCode(by('code'), text); // a later turn has begun otherwise
}

// tokenFor is the visit token, or null; the page says why there is none.
async function tokenFor(person, now) {
  const day = visitDay(dayOf(now, w.zone));
  const contact = person.contacts.find((c) => c.day === day);
  const keys = person.keys.find((k) => k.day === day);
  const why = !sealing ? 'token_browser' : !contact || !keys ? 'token_days' : '';
  by('token').hidden = why === '';
  by('token').textContent = why && w.say(why);
  return why ? null : sealToken(contact, keys, Math.floor(now / 1000));
}

function answered() {
  answer = null;
  by('f-digits').value = '';
  by('answers').hidden = true;
}

// ---- what a person does

function listen() {
  document.addEventListener('visibilitychange', tick);
  by('speak').addEventListener('click', speak);
  by('f-name').addEventListener('change', turn);
  by('ask').addEventListener('submit', async (event) => {
    event.preventDefault();
    const digits = by('f-digits').value.replace(/\D/g, '');
    by('digits-bad').hidden = digits.length === 6;
    if (digits.length !== 6) return by('f-digits').focus();
    answer = { nonce: await nonceOf(digits), until: Date.now() + ANSWERS };
    by('answers').hidden = false;
    await turn();
    by('code').scrollIntoView({ block: 'center' });
  });
  by('load').addEventListener('submit', (event) => {
    event.preventDefault();
    bring();
  });
  by('forget').addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!by('f-forget').checked || !shown) return;
    await forget(db, shown.person.id);
    by('f-forget').checked = false;
    all = await people(db);
    choose(all[0]);
  });
}

function speak() {
  const text = spokenOf(w, shown.person, shown.proof, Date.now());
  by('said').textContent = text;
  if (!window.speechSynthesis) return;
  speechSynthesis.cancel();
  const voice = new SpeechSynthesisUtterance(text);
  voice.lang = w.tag;
  speechSynthesis.speak(voice);
}

async function bring() {
  const button = by('load').querySelector('button');
  const say = (text) => { by('line').textContent = text; };
  button.disabled = true;
  say(w.say('loading'));
  by('prove').hidden = true;
  try {
    const person = await load(db, { proofs: page.dataset.proofs, load: page.dataset.load }, (line) =>
      say(w.say('line', { n: line.place, m: Math.max(1, Math.ceil(line.seconds / 60)) })));
    say(w.say(person ? 'loaded' : 'nothing'));
    if (person) await have(person);
  } catch (err) {
    if (!(err instanceof Refused)) throw err;
    by('prove').hidden = err.status !== 401;
    say(err.status === 401 ? w.say('prove') : err.detail || w.say('no_answer'));
  } finally {
    button.disabled = false;
  }
}

async function have(person) {
  fetch(page.dataset.mark, { method: 'POST' }).catch(() => {}); // a mark less to find a loss by
  all = await people(db);
  await lost();
  choose(all.find((p) => p.id === person.id));
  by('stays').hidden = await stay(); // the browser may delete it: said now, not when it is gone
  by('show').scrollIntoView();
}
