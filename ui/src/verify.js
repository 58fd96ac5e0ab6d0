// The draw, checked in the citizen's browser from the public documents: the same
// steps as `naru draw verify` and examples/draw/verify.py, as far as one person's
// place goes (docs/rules/gate.md, G12, G13, G37). It asks nothing of the network.
//
// Not checked here: the Ed25519 signature of the roll and the signature of a
// public beacon, which not every browser can compute.

import { LATE, fromHex, leafOf, place, toHex } from './place.js';

const encoder = new TextEncoder();
const DEVELOPMENT = 'naru-development';
const MAX_PATH = 64;

/**
 * check tells what is true of a ticket's place: {result, why, place}. result is
 *   'ok'              the place follows from the published values
 *   'not_verifiable'  it does, and the draw says rightly that nobody outside can tell whether it was fair
 *   'unproven'        the place is right; that the ticket is in the roll is not known without a proof
 *   'pending'         the draw has not been held
 *   'wrong'           why names the first check that failed
 * ticket is {campaign, epoch, kind, number, id}; shown is the place the server
 * showed (BigInt) or null; proof is the ticket's proof.json or null.
 */
export async function check(draw, proof, ticket, shown) {
  try {
    return await checked(draw, proof, ticket, shown);
  } catch {
    return { result: 'wrong', why: 'document', place: null }; // not what such a document holds
  }
}

async function checked(draw, proof, ticket, shown) {
  const wrong = (why, own = null) => ({ result: 'wrong', why, place: own });
  if (draw.format !== 'naru/draw/1' || draw.campaign !== ticket.campaign || draw.epoch !== ticket.epoch) return wrong('document');
  if (!draw.root || !draw.seed) return { result: 'pending', why: '', place: null };
  const secret = bytesOf(draw.secret);
  if (secret.length > 0 && toHex(await sha(secret)) !== draw.commitment) return wrong('secret');
  const value = bytesOf(draw.beacon_value);
  const development = draw.beacon.name === DEVELOPMENT;
  if (development && value.length > 0 && toHex(await sha(join(encoder.encode('naru/development-beacon/1'), uint64(draw.beacon.round)))) !== draw.beacon_value) {
    return wrong('beacon');
  }
  if (toHex(await seedOf(draw)) !== draw.seed) return wrong('seed');
  const open = secret.length > 0 && value.length > 0 && !development;
  if (draw.verifiable && !open) return wrong('verifiable');
  const late = ticket.kind === LATE;
  const leaf = await leafOf(ticket.id);
  const own = late ? BigInt(draw.L) + ticket.number : (await place(draw.seed, leaf, draw.L)).place;
  if (shown !== null && shown !== own) return wrong('place', own);
  if (!late && proof && !(await inRoll(draw, proof, leaf))) return wrong('member', own);
  if (!draw.verifiable) return { result: 'not_verifiable', why: draw.reason || '', place: own };
  return { result: late || proof ? 'ok' : 'unproven', why: '', place: own };
}

/** seedOf makes the seed again from the parts in the document. */
export async function seedOf(draw) {
  return sha(join(
    part(encoder.encode('naru/draw/1')), part(encoder.encode(draw.campaign)), part(uint64(draw.epoch)),
    part(fromHex(draw.commitment, 32)), part(fromHex(draw.root, 32)), part(uint64(draw.L)),
    part(bytesOf(draw.secret)), part(uint64(draw.beacon.round)), part(bytesOf(draw.beacon_value)),
  ));
}

/** inRoll follows a proof from the leaf to the published root (RFC 9162 §2.1.3.2). */
export async function inRoll(draw, proof, leaf) {
  const L = BigInt(draw.L);
  let node = BigInt(proof.index);
  const path = proof.path || [];
  if (proof.leaf !== toHex(leaf) || node < 0n || node >= L || path.length > MAX_PATH) return false;
  let last = L - 1n;
  let h = await sha(join(new Uint8Array([0]), leaf));
  for (const text of path) {
    const p = fromHex(text, 32);
    if (last === 0n) return false;
    if ((node & 1n) === 1n || node === last) {
      h = await sha(join(new Uint8Array([1]), p, h));
      while ((node & 1n) === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      h = await sha(join(new Uint8Array([1]), h, p));
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n && toHex(h) === draw.root;
}

async function sha(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

function uint64(n) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(n), false);
  return bytes;
}

function part(bytes) {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length, false);
  return join(length, bytes);
}

function join(...all) {
  const bytes = new Uint8Array(all.reduce((n, b) => n + b.length, 0));
  let at = 0;
  for (const b of all) {
    bytes.set(b, at);
    at += b.length;
  }
  return bytes;
}

// A part that never came is no bytes.
function bytesOf(text) {
  return text === undefined ? new Uint8Array(0) : fromHex(text, text.length / 2);
}
