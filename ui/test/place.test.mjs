import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';

// Node 18 has WebCrypto, but not as a global.
globalThis.crypto ??= webcrypto;
const { ahead, leafOf, newer, parseTicket, place, spread } = await import('../src/place.js');

const vectors = JSON.parse(readFileSync(new URL('../../internal/gate/testdata/place.json', import.meta.url)));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (b) => Buffer.from(b).toString('hex');

test('the vectors are there', () => {
  assert.ok(vectors.leaves.length >= 8 && vectors.places.length >= 40 && vectors.spread.length >= 70);
});

test('leaf of a ticket id', async () => {
  for (const v of vectors.leaves) assert.equal(hex(await leafOf(bytes(v.ticket))), v.leaf);
});

test('place by the draw, up to L = 2^40', async () => {
  for (const v of vectors.places) {
    const got = await place(v.seed, bytes(v.leaf), BigInt(v.L));
    assert.equal(String(got.u), v.u);
    assert.equal(String(got.place), v.place, `L = ${v.L}`);
  }
});

test('spread at the edges of u', () => {
  for (const v of vectors.spread) assert.equal(String(spread(BigInt(v.u), BigInt(v.L))), v.place, `${v.u} over ${v.L}`);
});

test('a ticket is read', () => {
  for (const v of vectors.tickets) {
    const t = parseTicket(v.text);
    assert.ok(t, v.text);
    assert.deepEqual([t.kind, t.epoch, String(t.number), t.idHex], [v.kind, v.epoch, v.number, v.id]);
  }
});

test('what is not a ticket is refused', () => {
  for (const v of vectors.bad_tickets) assert.equal(parseTicket(v.text), null, v.why);
  for (const other of [null, undefined, 7, {}]) assert.equal(parseTicket(other), null);
});

const lobby = parseTicket(vectors.tickets[0].text);
const late = parseTicket(vectors.tickets[1].text);
const board = { c: '2021-07-12', e: 1, v: 5, phase: 'open', serving: 40, L: 100, late: 20, poll: [[0, 2, 3]], opens: 0 };
const draw = { campaign: '2021-07-12', epoch: 1, L: 100, seed: vectors.places[0].seed };

test('where a lobby ticket stands', async () => {
  const own = (await place(draw.seed, await leafOf(lobby.id), 100)).place;
  assert.deepEqual(await ahead(lobby, { ...board, serving: 0 }, draw), {
    known: true, place: own, ahead: own, behind: 119n - own, called: false,
  });
  const called = await ahead(lobby, { ...board, serving: Number(own) + 1 }, draw);
  assert.deepEqual([called.ahead, called.called], [0n, true]);
  const next = await ahead(lobby, { ...board, serving: Number(own) }, draw);
  assert.deepEqual([next.ahead, next.called], [0n, false]);
});

test('a late ticket stands behind the whole lobby, without the draw', async () => {
  const at = await ahead(late, board, null);
  assert.deepEqual([at.place, at.ahead, at.called], [100n, 60n, false]);
  assert.equal((await ahead(late, { ...board, phase: 'lobby', L: 0 }, null)).known, false);
});

test('a place is not known before the draw, nor in another epoch or campaign', async () => {
  for (const [b, d] of [
    [board, null],
    [board, { ...draw, seed: undefined }],
    [{ ...board, e: 2 }, draw],
    [board, { ...draw, epoch: 2 }],
    [board, { ...draw, campaign: 'other' }],
  ]) assert.equal((await ahead(lobby, b, d)).known, false);
  assert.equal((await ahead(null, board, draw)).known, false);
});

test('the number ahead never grows', () => {
  assert.equal(newer(null, board), board);
  assert.equal(newer(board, { ...board, v: 4, serving: 90 }), board);
  assert.equal(newer(board, { ...board, v: 5, serving: 90 }), board);
  assert.equal(newer(board, { ...board, v: 6, serving: 50 }).serving, 50);
  assert.equal(newer(board, { ...board, v: 6, serving: 10 }).serving, 40);
  assert.equal(newer(board, { ...board, c: 'other', v: 9 }), board);
  assert.equal(newer(board, { ...board, e: 0, v: 9 }), board);
  assert.equal(newer(board, { ...board, e: 2, v: 1, serving: 0 }).serving, 0);
});
