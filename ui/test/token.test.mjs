// The vector that this writes is opened by Go (internal/visit, TestOpensWhatAWalletSealed).
// NARU_UPDATE=1 writes it anew.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createHash, createHmac, createPrivateKey, createPublicKey, webcrypto as crypto } from 'node:crypto';

globalThis.crypto ??= crypto;
const { sealToken, visitDay } = await import('../src/wallet/token.js');

const file = new URL('../../internal/visit/testdata/wallet.json', import.meta.url);
const hex = (bytes) => Buffer.from(bytes).toString('hex');

// pairOf is a pair of X25519 keys from a word: never of use outside of a test.
async function pairOf(word) {
  const seed = createHash('sha256').update(word).digest();
  const raw = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), seed]), format: 'der', type: 'pkcs8' });
  const jwk = createPublicKey(raw).export({ format: 'jwk' });
  return {
    private: seed,
    public: new Uint8Array(Buffer.from(jwk.x, 'base64url')),
    privateKey: await crypto.subtle.importKey('jwk', raw.export({ format: 'jwk' }), { name: 'X25519' }, false, ['deriveBits']),
    publicKey: await crypto.subtle.importKey('jwk', jwk, { name: 'X25519' }, true, []),
  };
}

test('a token is sealed as the vector says', async () => {
  const day = visitDay(Date.UTC(2021, 11, 13) / 86400000);
  assert.equal(day, 712);
  const handle = createHash('sha256').update('handle').digest().subarray(0, 16);
  const head = Buffer.concat([Buffer.from('naru/contact/1'), Buffer.from([1, day >> 8, day & 255])]);
  const mac = createHmac('sha256', 'issuer').update(head).update(handle).digest().subarray(0, 16);
  const [inner, outer] = [await pairOf('inner'), await pairOf('outer')];
  const time = Date.UTC(2021, 11, 13, 3, 0, 40) / 1000;
  const own = { inner: await pairOf('inner, once'), outer: await pairOf('outer, once') };
  const token = await sealToken({ day, handle, mac }, { inner: inner.public, outer: outer.public }, time, own);
  const vector = {
    issuer: 'issuer', day, minute: '2021-12-13T03:00:00Z', handle: hex(handle),
    inner: hex(inner.private), outer: hex(outer.private), token: hex(token),
  };
  if (process.env.NARU_UPDATE) writeFileSync(file, JSON.stringify(vector, null, 2) + '\n');
  assert.deepEqual(vector, JSON.parse(readFileSync(file)));
  assert.equal(token.length, 136);
});
