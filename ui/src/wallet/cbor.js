// Deterministic CBOR (RFC 8949, 4.2.1), as much of it as a pass needs: numbers, bytes,
// text, lists, nothing, true and false; reading also maps. A number is a safe integer.

const text = new TextEncoder();

/** encode writes a value: number, Uint8Array, string, array, null or boolean. */
export function encode(value) {
  const out = [];
  write(out, value);
  return Uint8Array.from(out);
}

function write(out, value) {
  if (value === null) out.push(0xf6);
  else if (typeof value === 'boolean') out.push(value ? 0xf5 : 0xf4);
  else if (typeof value === 'number') value < 0 ? head(out, 1, -1 - value) : head(out, 0, value);
  else if (value instanceof Uint8Array) bytes(out, 2, value);
  else if (typeof value === 'string') bytes(out, 3, text.encode(value));
  else if (Array.isArray(value)) {
    head(out, 4, value.length);
    for (const item of value) write(out, item);
  } else throw new TypeError('no such value in a pass');
}

function bytes(out, major, all) {
  head(out, major, all.length);
  for (const b of all) out.push(b);
}

// The shortest head is the only one.
function head(out, major, n) {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError('not a safe integer');
  const top = major << 5;
  if (n < 24) out.push(top | n);
  else if (n < 0x100) out.push(top | 24, n);
  else if (n < 0x10000) out.push(top | 25, n >> 8, n & 255);
  else if (n < 0x100000000) out.push(top | 26, n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255);
  else {
    out.push(top | 27);
    for (let power = 2 ** 56; power >= 1; power /= 256) out.push(Math.floor(n / power) % 256);
  }
}

/** decode reads one value to its last byte; maps come as Map. It throws on anything else. */
export function decode(raw) {
  const at = { raw, i: 0 };
  const value = read(at, 0);
  if (at.i !== raw.length) throw new SyntaxError('bytes after the end');
  return value;
}

const DEEPEST = 8;

function read(at, depth) {
  if (depth > DEEPEST) throw new SyntaxError('too deep');
  const [major, n] = readHead(at);
  switch (major) {
    case 0: return n;
    case 1: return -1 - n;
    case 2: return take(at, n);
    case 3: return new TextDecoder('utf-8', { fatal: true }).decode(take(at, n));
    case 4: return Array.from({ length: bounded(at, n) }, () => read(at, depth + 1));
    case 5: return new Map(Array.from({ length: bounded(at, n) }, () => [read(at, depth + 1), read(at, depth + 1)]));
    default: return simple(major, n);
  }
}

function simple(major, n) {
  if (major === 7 && n === 22) return null;
  if (major === 7 && (n === 20 || n === 21)) return n === 21;
  throw new SyntaxError('no such value in a pass');
}

function readHead(at) {
  const first = take(at, 1)[0];
  const major = first >> 5;
  const low = first & 31;
  if (low < 24) return [major, low];
  if (low > 27 || major === 7) throw new SyntaxError('no such head');
  const n = take(at, 1 << (low - 24)).reduce((sum, b) => sum * 256 + b, 0);
  const least = [24, 0x100, 0x10000, 0x100000000][low - 24];
  if (n < least || !Number.isSafeInteger(n)) throw new SyntaxError('not the shortest head');
  return [major, n];
}

// Every item takes a byte at least, so a list cannot be longer than what is left.
function bounded(at, n) {
  if (n > at.raw.length - at.i) throw new SyntaxError('longer than what is there');
  return n;
}

function take(at, n) {
  const part = at.raw.subarray(at.i, at.i + bounded(at, n));
  at.i += n;
  return part;
}
