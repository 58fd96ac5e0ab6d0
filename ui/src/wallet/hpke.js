// Sealing to a public key: HPKE base mode (RFC 9180) of DHKEM(X25519, HKDF-SHA256),
// HKDF-SHA256 and AES-128-GCM, one message to a key. Nothing else of HPKE is here.

import { join, number } from './bytes.js';

const text = new TextEncoder();
const KEM = join(text.encode('KEM'), number(0x0020, 2));
const SUITE = join(text.encode('HPKE'), number(0x0020, 2), number(0x0001, 2), number(0x0001, 2));
const VERSION = text.encode('HPKE-v1');
const NONE = new Uint8Array(0);

async function hmac(key, ...parts) {
  // HMAC pads its key with zero bytes; WebCrypto refuses an empty one.
  const imported = await crypto.subtle.importKey('raw', key.length > 0 ? key : new Uint8Array(1), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, join(...parts)));
}

const extract = (suite, salt, label, input) => hmac(salt, VERSION, suite, text.encode(label), input);

// One block of HKDF-Expand is enough for everything here.
const expand = async (suite, secret, label, info, size) =>
  (await hmac(secret, number(size, 2), VERSION, suite, text.encode(label), info, number(1, 1))).subarray(0, size);

/** works tells whether the browser can make keys on X25519. */
export async function works() {
  try {
    await crypto.subtle.generateKey({ name: 'X25519' }, false, ['deriveBits']);
    return true;
  } catch {
    return false;
  }
}

/**
 * seal gives the encapsulated key and the sealed text in a row. own is a pair of
 * CryptoKeys for the vectors of the RFC; otherwise it is made for this message alone.
 */
export async function seal(publicKey, info, plain, aad = NONE, own = null) {
  const pair = own ?? (await crypto.subtle.generateKey({ name: 'X25519' }, false, ['deriveBits']));
  const theirs = await crypto.subtle.importKey('raw', publicKey, { name: 'X25519' }, true, []);
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: theirs }, pair.privateKey, 256));
  if (dh.every((b) => b === 0)) throw new RangeError('not a public key'); // RFC 9180, 7.1.4
  const enc = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const shared = await expand(KEM, await extract(KEM, NONE, 'eae_prk', dh), 'shared_secret', join(enc, publicKey), 32);
  const { key, nonce } = await schedule(shared, info);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: aad }, key, plain);
  return join(enc, new Uint8Array(sealed));
}

// The key schedule of the base mode (RFC 9180, 5.1); the first message's nonce is the base's.
async function schedule(shared, info) {
  const context = join(number(0, 1), await extract(SUITE, NONE, 'psk_id_hash', NONE), await extract(SUITE, NONE, 'info_hash', info));
  const secret = await extract(SUITE, shared, 'secret', NONE);
  const raw = await expand(SUITE, secret, 'key', context, 16);
  return {
    key: await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']),
    nonce: await expand(SUITE, secret, 'base_nonce', context, 12),
  };
}
