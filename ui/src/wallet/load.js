// Loading: once, after the proof of identity. Keys are made here, the public halves go to
// the server, and what comes back is kept. The request is kept first, with its keys, so
// that an answer that was lost can be asked for again and is the same.

import { fromBase64url, toBase64url } from './bytes.js';
import { read } from './present.js';
import { answered, ask, asked, keep } from './vault.js';

export const EACH = 30; // credentials of one proof
const AGAIN = 5; // seconds until a request is repeated, where the server does not say

/** Refused is an answer of the server that is not a wallet; status 0 is none at all. */
export class Refused extends Error {
  constructor(status, detail = '', again = AGAIN) {
    super(detail || `status ${status}`);
    this.status = status;
    this.again = again;
    this.detail = detail;
  }
}

async function call(path, init) {
  let answer;
  try {
    answer = await fetch(path, { ...init, headers: { Accept: 'application/json', 'Content-Type': 'application/json' }, redirect: 'error' });
  } catch {
    throw new Refused(0);
  }
  const body = await answer.json().catch(() => ({}));
  const again = Number(answer.headers.get('Retry-After')) || AGAIN;
  if (!answer.ok) throw new Refused(answer.status, body.detail, again);
  return { status: answer.status, again, body };
}

async function keyPair() {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  return { key: pair.privateKey, public: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) };
}

// prepare asks what proofs there are, and makes keys for each.
async function prepare(db, paths) {
  const { body } = await call(paths.proofs);
  const proofs = [];
  for (const { id } of body.proofs) proofs.push({ id, keys: await Promise.all(Array.from({ length: EACH }, keyPair)) });
  const request = { id: toBase64url(crypto.getRandomValues(new Uint8Array(16))), proofs };
  if (proofs.length > 0) await ask(db, request);
  return request;
}

/**
 * load brings a person's proofs here and gives the person; null when nothing is recorded.
 * waits is called with {place, seconds} while the line of first loading lasts.
 */
export async function load(db, paths, waits) {
  const request = (await asked(db))[0] ?? (await prepare(db, paths));
  if (request.proofs.length === 0) return null;
  const answers = [];
  try {
    for (const proof of request.proofs) answers.push(await one(paths.load, proof, waits));
  } catch (err) {
    // What the server will never answer is not asked again; who must prove who they are asks anew.
    if (err.status >= 400 && err.status < 500) await answered(db, request.id);
    throw err;
  }
  const person = personOf(request, answers);
  await keep(db, person);
  await answered(db, request.id);
  return person;
}

// one asks for the credentials of a proof until they are signed: the same keys get the
// same credentials.
async function one(path, proof, waits) {
  const text = JSON.stringify({ proof: proof.id, keys: proof.keys.map((k) => toBase64url(k.public)) });
  for (;;) {
    const answer = await call(path, { method: 'POST', body: text }).catch((err) => {
      if (err.status !== 429) throw err; // the line itself is full for a moment
      return { status: 429, again: err.again, body: null };
    });
    if (answer.status === 200) return answer.body;
    if (answer.body) waits(answer.body);
    await new Promise((yes) => setTimeout(yes, answer.again * 1000));
  }
}

function personOf(request, answers) {
  const { name, born, contacts, visit_keys: keys } = answers[0];
  return {
    id: `${name}|${born}`, name, born,
    proofs: request.proofs.map((proof, i) => proofOf(proof, answers[i].credentials)),
    contacts: (contacts ?? []).map((c) => ({ day: c.day, handle: fromBase64url(c.handle), mac: fromBase64url(c.mac) })),
    keys: (keys ?? []).map((k) => ({ day: k.day, inner: fromBase64url(k.inner), outer: fromBase64url(k.outer) })),
  };
}

function proofOf(asked, given) {
  const held = given.map((c, i) => {
    const credential = fromBase64url(c.credential);
    if (!same(read(credential).x, asked.keys[i].public.subarray(1, 33))) throw new Refused(502); // of another key
    return { credential, salt: fromBase64url(c.salt), key: asked.keys[i].key };
  });
  const { kind, class: klass, event, ends } = read(held[0].credential);
  return { id: asked.id, kind, class: klass, event, ends, held };
}

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
