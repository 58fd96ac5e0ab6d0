// The page of a draw checks the reader's own place: it fetches the public document
// and the reader's proof, computes all of it again, and says what it found. The
// sentences are the server's, hidden in the page.

import { check } from './verify.js';

const root = document.getElementById('check');

async function fetched(path) {
  const answer = await fetch(path, { cache: 'no-cache', headers: { Accept: 'application/json' } });
  return answer.ok ? answer.json() : null;
}

function show(result, why, place) {
  for (const p of root.querySelectorAll('[data-result]')) p.hidden = p.dataset.result !== result;
  root.dataset.checked = result;
  root.dataset.why = why;
  const own = root.querySelector(`[data-result="${result}"] [data-own]`);
  if (own && place !== null) own.textContent = (place + 1n).toLocaleString(document.documentElement.lang);
}

async function look() {
  const data = root.dataset;
  const ticket = {
    campaign: data.campaign,
    epoch: Number(data.epoch),
    kind: Number(data.kind),
    number: BigInt(data.number),
    id: Uint8Array.from(data.ticket.match(/../g), (pair) => parseInt(pair, 16)),
  };
  const at = `/draw/${data.campaign}/`;
  const draw = await fetched(`${at}draw.json`);
  if (!draw) throw new Error('no draw.json');
  const proof = draw.root ? await fetched(`${at}proof.json`) : null;
  const found = await check(draw, proof, ticket, data.place === undefined ? null : BigInt(data.place));
  show(found.result, found.why, found.place);
}

if (root) look().catch(() => show('failed', '', null));
