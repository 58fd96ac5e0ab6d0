import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const { waitOf } = await import('../src/place.js');

const { vectors } = JSON.parse(readFileSync(new URL('../../internal/gate/testdata/wait.json', import.meta.url)));

test('the wait that is told is the server\'s', () => {
  assert.ok(vectors.length >= 100);
  for (const v of vectors) {
    assert.deepEqual(waitOf(BigInt(v.ahead), v.rate), v.wait, `${v.ahead} ahead at ${v.rate}`);
  }
});

test('without a rate nothing is told', () => {
  assert.equal(waitOf(5n, undefined), null);
});
