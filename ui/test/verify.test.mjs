import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;
const { check, inRoll } = await import('../src/verify.js');
const { leafOf, fromHex } = await import('../src/place.js');

const read = (name) => JSON.parse(readFileSync(new URL(`../../internal/gate/testdata/${name}`, import.meta.url)));
const draws = read('draws.json');
const cases = read('tamper.json');
const ticket = (c) => ({
  campaign: c.draw.campaign, epoch: c.draw.epoch, kind: 1, number: 0n, id: fromHex(c.proof.ticket, 16),
});

test('the table of tamperings, as in Go and Python', async (t) => {
  assert.ok(cases.length >= 15);
  for (const c of cases) {
    await t.test(c.why, async () => {
      const from = draws[c.draw];
      const draw = { ...from.draw, ...c.set };
      for (const [k, v] of Object.entries(c.set ?? {})) if (v === null) delete draw[k];
      const found = await check(draw, from.proof, ticket(from), BigInt(c.place ?? from.place));
      const got = found.result === 'wrong' ? `wrong ${found.why}` : found.result;
      assert.equal(got, c.js);
    });
  }
});

test('a proof that does not lead to the root is wrong', async () => {
  const from = draws.quicknet;
  const me = ticket(from);
  const changes = {
    index: { index: from.proof.index + 1 },
    'index too high': { index: 20 },
    leaf: { leaf: '00'.repeat(32) },
    node: { path: ['00'.repeat(32), ...from.proof.path.slice(1)] },
    short: { path: from.proof.path.slice(1) },
    long: { path: [...from.proof.path, '00'.repeat(32)] },
    endless: { path: Array(65).fill('00'.repeat(32)) },
  };
  for (const [why, change] of Object.entries(changes)) {
    const found = await check(from.draw, { ...from.proof, ...change }, me, BigInt(from.place));
    assert.deepEqual([found.result, found.why], ['wrong', 'member'], why);
  }
  const bad = await check(from.draw, { ...from.proof, path: ['xyz'] }, me, BigInt(from.place));
  assert.equal(bad.result, 'wrong');
  assert.equal(await inRoll(from.draw, from.proof, await leafOf(me.id)), true);
  const stranger = { ...me, id: new Uint8Array(16) };
  assert.equal((await check(from.draw, from.proof, stranger, null)).why, 'member');
});

test('without a proof the place is right and no more', async () => {
  const from = draws.quicknet;
  assert.equal((await check(from.draw, null, ticket(from), null)).result, 'unproven');
});

test('before the draw nothing is said', async () => {
  const from = draws.quicknet;
  const { seed, ...closed } = from.draw;
  assert.ok(seed);
  assert.equal((await check(closed, from.proof, ticket(from), null)).result, 'pending');
});

test('another campaign or epoch, and what is no document, is wrong', async () => {
  const from = draws.quicknet;
  for (const draw of [{ ...from.draw, epoch: 9 }, { ...from.draw, campaign: 'x' }, {}, { ...from.draw, seed: 'zz' }, { ...from.draw, beacon: null }]) {
    const found = await check(draw, from.proof, ticket(from), null);
    assert.equal(found.result, 'wrong');
  }
});

test('a late ticket stands behind the lobby', async () => {
  const from = draws.quicknet;
  const late = { ...ticket(from), kind: 2, number: 7n };
  const found = await check(from.draw, null, late, BigInt(from.draw.L) + 7n);
  assert.deepEqual([found.result, found.place], ['ok', BigInt(from.draw.L) + 7n]);
  assert.equal((await check(from.draw, null, late, 3n)).why, 'place');
});
