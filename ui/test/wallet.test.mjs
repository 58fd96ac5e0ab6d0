import test from 'node:test';
import assert from 'node:assert/strict';
import { webcrypto as crypto } from 'node:crypto';

globalThis.crypto ??= crypto;
const { encode, decode } = await import('../src/wallet/cbor.js');
const { base45, fromBase64url, toBase64url } = await import('../src/wallet/bytes.js');
const { dayOf, daysLeft, ended, heldOn, inOrder, warning } = await import('../src/wallet/days.js');

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const of = (text) => Uint8Array.from(Buffer.from(text, 'hex'));

// RFC 8949, appendix A, what of it a pass needs.
const written = [
  [0, '00'], [23, '17'], [24, '1818'], [255, '18ff'], [256, '190100'], [1000000, '1a000f4240'], [1000000000000, '1b000000e8d4a51000'],
  [-1, '20'], [-70001, '3a00011170'], [null, 'f6'], [true, 'f5'], [false, 'f4'], ['ü', '62c3bc'], [of('01020304'), '4401020304'],
  [[1, [2, 3], [4, 5]], '8301820203820405'], ['', '60'], [[], '80'],
];

test('CBOR is written and read as in the RFC', () => {
  for (const [value, text] of written) {
    assert.equal(hex(encode(value)), text);
    assert.deepEqual(decode(of(text)), value);
  }
  assert.deepEqual(decode(of('a201020304')), new Map([[1, 2], [3, 4]]));
});

test('what has another encoding, or none, is not read', () => {
  for (const text of ['1817', '1900ff', '1a0000ffff', '1b00000000ffffffff', '1bffffffffffffffff', '9f01ff', 'c000', 'f97e00', '0000', '43aabb', '62c328', '9bffffffffffffffff', '']) {
    assert.throws(() => decode(of(text)), undefined, text);
  }
  assert.throws(() => encode(1.5));
  assert.throws(() => encode({}));
});

test('base45 is the RFC\'s', () => {
  const text = new TextEncoder();
  assert.equal(base45(text.encode('AB')), 'BB8');
  assert.equal(base45(text.encode('Hello!!')), '%69 VD92EX0');
  assert.equal(base45(text.encode('base-45')), 'UJCLQE7W581');
  assert.deepEqual(fromBase64url(toBase64url(of('fbff00'))), of('fbff00'));
});

const zone = 'Asia/Seoul';
const at = (text) => Date.parse(text);
const second = (text) => at(text) / 1000;

test('another credential is used each day of the agency, all day the same', () => {
  const proof = { held: Array.from({ length: 30 }, (_, n) => n) };
  const [night, morning] = [dayOf(at('2021-12-13T14:59:59Z'), zone), dayOf(at('2021-12-13T15:00:00Z'), zone)]; // midnight in Seoul
  assert.equal(morning, night + 1);
  const used = new Set(Array.from({ length: 30 }, (_, n) => heldOn(proof, night + n)));
  assert.equal(used.size, 30);
  assert.equal(heldOn(proof, dayOf(at('2021-12-12T15:00:00Z'), zone)), heldOn(proof, night));
});

test('what ends is told 14, 7 and 1 days before', () => {
  const proof = { ends: second('2022-01-06T14:59:59Z') }; // 6 January, 24:00 in Seoul
  const told = (day) => warning(proof, at(day + 'T12:00:00+09:00'), zone);
  assert.deepEqual(['2021-12-22', '2021-12-23', '2021-12-29', '2021-12-30', '2022-01-04', '2022-01-05', '2022-01-06', '2022-01-07'].map(told), [0, 14, 14, 7, 7, 1, 1, 0]);
  assert.equal(daysLeft(proof, at('2021-12-23T23:59:59+09:00'), zone), 14);
  assert.equal(ended(proof, at('2022-01-06T23:59:59.900+09:00')), false);
  assert.equal(ended(proof, at('2022-01-07T00:00:00+09:00')), true);
  assert.equal(daysLeft({ ends: second('2022-01-06T15:00:00Z') }, at('2022-01-06T12:00:00+09:00'), zone), 0); // 24:00 is that day's end
  assert.equal(warning({ ends: 0 }, Date.now(), zone), 0);
});

test('the proof to show comes first, and what ended last', () => {
  const now = at('2022-01-10T12:00:00+09:00');
  const old = { kind: 1, class: 34, event: 18818, ends: second('2022-01-06T14:59:59Z') };
  const booster = { kind: 1, class: 50, event: 18998, ends: 0 };
  const pcr = { kind: 2, class: 1, event: 27363000, ends: second('2022-01-11T14:59:59Z') };
  assert.deepEqual(inOrder([old, pcr, booster], now), [booster, pcr, old]);
  assert.deepEqual(inOrder([old, pcr], now), [pcr, old]);
});
