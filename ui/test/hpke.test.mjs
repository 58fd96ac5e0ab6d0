import test from 'node:test';
import assert from 'node:assert/strict';
import { webcrypto as crypto } from 'node:crypto';

globalThis.crypto ??= crypto;
const { seal, works } = await import('../src/wallet/hpke.js');

const hex = (text) => Uint8Array.from(text.match(/../g) ?? [], (b) => parseInt(b, 16));
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

// RFC 9180, appendix A.1.1: base mode of this suite, the first encryption.
const vector = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  skE: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
  pkE: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  pkR: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  aad: '436f756e742d30',
  plain: '4265617574792069732074727574682c20747275746820626561757479',
  sealed: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
};

async function ownKeys() {
  const jwk = { kty: 'OKP', crv: 'X25519', x: base64url(hex(vector.pkE)), d: base64url(hex(vector.skE)) };
  const { d, ...open } = jwk;
  return {
    privateKey: await crypto.subtle.importKey('jwk', jwk, { name: 'X25519' }, false, ['deriveBits']),
    publicKey: await crypto.subtle.importKey('jwk', open, { name: 'X25519' }, true, []),
  };
}

test('what is sealed is what RFC 9180 seals', async () => {
  assert.equal(await works(), true);
  const sealed = await seal(hex(vector.pkR), hex(vector.info), hex(vector.plain), hex(vector.aad), await ownKeys());
  assert.equal(Buffer.from(sealed).toString('hex'), vector.pkE + vector.sealed);
});

test('two sealings have nothing in common', async () => {
  const [one, two] = [await seal(hex(vector.pkR), hex(''), hex('00')), await seal(hex(vector.pkR), hex(''), hex('00'))];
  assert.notDeepEqual(one.subarray(0, 32), two.subarray(0, 32));
  assert.notDeepEqual(one.subarray(32), two.subarray(32));
});

test('a key that gives no secret is refused', async () => {
  await assert.rejects(seal(new Uint8Array(32), hex(''), hex('00')));
});
