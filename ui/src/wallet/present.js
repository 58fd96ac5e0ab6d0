// What a QR code of the wallet says (docs/pass.md): a credential, the time, a visit
// token and a scanner's number, signed by the credential's own key.

import { base45, sha256 } from './bytes.js';
import { decode, encode } from './cbor.js';

const text = new TextEncoder();
const PROTECTED = new Uint8Array([0xa1, 0x01, 0x26]); // {1: -7}
const EXTERNAL = text.encode('NR1/presentation');

// shown is {time, token, nonce, opening}: seconds, bytes or null, bytes or null, and
// {salt, name, born} or null.

/** signedBytes are what the key signs. */
export async function signedBytes(credential, shown) {
  const { time, token, nonce } = shown;
  const payload = encode([1, await sha256(credential), time, token ? await sha256(token) : null, nonce ?? null]);
  return encode(['Signature1', PROTECTED, EXTERNAL, payload]);
}

/** write is the text of a QR code. */
export function write(credential, shown, signature) {
  const o = shown.opening;
  return 'NR1:' + base45(encode([1, credential, shown.time, shown.token ?? null, shown.nonce ?? null, o ? [o.salt, o.name, o.born] : null, signature]));
}

/** present signs and writes; held is {credential, key}, key a CryptoKey that may sign. */
export async function present(held, shown) {
  const signed = await signedBytes(held.credential, shown);
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, held.key, signed);
  return write(held.credential, shown, new Uint8Array(signature));
}

/**
 * read says what a credential is of, for the person who holds it: {id, kind, class,
 * event, ends, x}. It checks no signature: whoever issued it is the server it came from.
 */
export function read(credential) {
  const [, , claims] = decode(credential);
  const all = decode(claims);
  const [kind, klass, event] = all.get(-70001);
  return { id: all.get(7), kind, class: klass, event, ends: all.get(4) ?? 0, x: all.get(8).get(1).get(-2) };
}

/**
 * nonceOf is the nonce of the digits that a scanner shows when it cannot trust the time.
 */
export async function nonceOf(digits) {
  return (await sha256(text.encode('naru/nonce/1' + digits))).subarray(0, 8);
}
