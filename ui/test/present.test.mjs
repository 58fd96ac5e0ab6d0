import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { webcrypto as crypto } from 'node:crypto';

globalThis.crypto ??= crypto;
const { decode } = await import('../src/wallet/cbor.js');
const { present, read, signedBytes, write } = await import('../src/wallet/present.js');

// Written by Go: go test ./internal/pass.
const { build } = JSON.parse(readFileSync(new URL('../../internal/pass/testdata/vectors.json', import.meta.url)));
const of = (text) => (text ? Uint8Array.from(Buffer.from(text, 'hex')) : null);
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const shownOf = (v) => ({
  time: v.time, token: of(v.token), nonce: of(v.nonce),
  opening: v.opening ? { salt: of(v.opening.salt), name: v.opening.name, born: v.opening.born } : null,
});

test('what is signed and written is what Go signs and writes', async () => {
  assert.ok(build.length >= 4);
  for (const v of build) {
    assert.equal(hex(await signedBytes(of(v.credential), shownOf(v))), v.signed, v.name);
    assert.equal(write(of(v.credential), shownOf(v), of(v.signature)), v.text, v.name);
  }
});

test('a credential is read as it was issued', () => {
  const c = read(of(build[0].credential));
  assert.deepEqual([c.kind, c.class, c.event], [1, 2 * 16 + 2, 18818]); // dose 2 of 2 on 2021-07-10
  assert.equal(new Date(c.ends * 1000).toISOString(), '2022-01-06T15:00:00.000Z');
  assert.equal(c.x.length, 32);
});

test('a signature of the browser is one of its key', async () => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const credential = of(build[0].credential);
  const text = await present({ credential, key: pair.privateKey }, { time: 1639364400, token: null, nonce: null, opening: null });
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
  const bytes = [];
  for (let i = 4; i < text.length; i += 3) {
    const part = [...text.slice(i, i + 3)].reduceRight((n, c) => n * 45 + alphabet.indexOf(c), 0);
    if (i + 2 < text.length) bytes.push(part >> 8);
    bytes.push(part & 255);
  }
  const all = decode(Uint8Array.from(bytes));
  const signed = await signedBytes(credential, { time: 1639364400 });
  assert.equal(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, pair.publicKey, all[6], signed), true);
});
