// The citizen's own place in the line, recomputed in the browser from public
// documents and the ticket, so that nobody has to believe the server.
//
// It follows docs/rules/gate.md to the byte and is tested with the same vectors
// as the server (internal/gate/testdata/place.json). It asks nothing of the
// network and decides nothing: the server checks every step again.

const encoder = new TextEncoder();
const ALPHABET = /^[A-Za-z0-9_-]*$/;
const TICKET_BYTES = 37;
const MAX_TICKET_TEXT = 120;
const MAX_PLACE = 1n << 40n;

/** The kinds of tickets. */
export const LOBBY = 1;
export const LATE = 2;

/** leafOf gives the leaf by which the roll shows a ticket: 32 bytes. */
export async function leafOf(ticketId) {
  if (ticketId.length !== 16) throw new RangeError('a ticket id has 16 bytes');
  const label = encoder.encode('naru/leaf/1');
  const bytes = new Uint8Array(label.length + ticketId.length);
  bytes.set(label);
  bytes.set(ticketId, label.length);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** place is the draw for one leaf: {place, u} as BigInt. */
export async function place(seedHex, leaf, L) {
  const seed = fromHex(seedHex, 32);
  if (leaf.length !== 32) throw new RangeError('a leaf has 32 bytes');
  const key = await crypto.subtle.importKey('raw', seed, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const sum = await crypto.subtle.sign('HMAC', key, leaf);
  const u = new DataView(sum).getBigUint64(0, false);
  return { place: spread(u, BigInt(L)), u };
}

/** spread is floor(u * L / 2^64). */
export function spread(u, L) {
  return (u * L) >> 64n;
}

/**
 * parseTicket reads a ticket's text: {kind, epoch, number, id, idHex}, or null
 * when it is not one. The signature is the server's to check.
 */
export function parseTicket(text) {
  if (typeof text !== 'string' || text.length > MAX_TICKET_TEXT || !text.startsWith('NT1.')) return null;
  const parts = text.slice(4).split('.');
  if (parts.length !== 2) return null;
  const bytes = fromBase64url(parts[0], TICKET_BYTES);
  if (!bytes || !fromBase64url(parts[1], 32)) return null;
  const view = new DataView(bytes.buffer);
  const kind = view.getUint8(0);
  const number = view.getBigUint64(13, false);
  const valid = kind === LOBBY ? number === 0n : kind === LATE && number < MAX_PLACE;
  if (!valid) return null;
  const id = bytes.slice(21);
  return { kind, epoch: view.getUint32(1, false), number, id, idHex: toHex(id) };
}

/**
 * ahead tells where a ticket stands: {known, place, ahead, behind, called}.
 * board is the parsed board, draw the parsed draw document or null. A place is
 * known from the draw on; until then, and for another epoch, known is false.
 */
export async function ahead(ticket, board, draw) {
  const unknown = { known: false, place: null, ahead: null, behind: null, called: false };
  if (!ticket || board.e !== ticket.epoch) return unknown;
  const own = await placeOf(ticket, board, draw);
  if (own === null) return unknown;
  const serving = BigInt(board.serving);
  const end = BigInt(board.L) + BigInt(board.late);
  return {
    known: true,
    place: own,
    ahead: own > serving ? own - serving : 0n,
    behind: end > own ? end - 1n - own : 0n,
    called: board.phase === 'open' && own < serving,
  };
}

/**
 * newer chooses between the board seen before (or null) and one that has just
 * come, so that the number ahead never grows: an older version, an older epoch
 * or another campaign is ignored, and serving is not taken back.
 */
export function newer(seen, board) {
  if (!seen) return board;
  if (board.c !== seen.c || board.e < seen.e) return seen;
  if (board.e > seen.e) return board;
  if (board.v <= seen.v) return seen;
  return { ...board, serving: Math.max(board.serving, seen.serving) };
}

/**
 * waitOf is the interval in which somebody with so many ahead will be called, in
 * seconds: [low, high], or null when it is not known. rate is the board's, places
 * a minute. It is Rate.Wait of the server, to the second
 * (internal/gate/testdata/wait.json).
 */
export function waitOf(ahead, rate) {
  if (!rate || rate[0] <= 0 || rate[1] < rate[0]) return null;
  const places = Math.min(Number(ahead), 2 ** 40) + 1;
  const vary = Math.ceil(0.7 * Math.sqrt(places));
  const soon = (60 * Math.max(0, places - vary)) / rate[1];
  const late = (60 * (places + vary)) / rate[0];
  if (late > 24 * 60 * 60) return null;
  return [Math.floor(soon / grain(soon)) * grain(soon), Math.ceil(late / grain(late)) * grain(late)];
}

function grain(seconds) {
  if (seconds <= 120) return 10;
  return seconds <= 600 ? 30 : 60;
}

async function placeOf(ticket, board, draw) {
  if (ticket.kind === LATE) {
    const closed = ['closed', 'drawn', 'open', 'ended'].includes(board.phase);
    return closed ? BigInt(board.L) + ticket.number : null;
  }
  if (!draw || !draw.seed || draw.epoch !== ticket.epoch || draw.campaign !== board.c) return null;
  return (await place(draw.seed, await leafOf(ticket.id), draw.L)).place;
}

export function fromHex(text, length) {
  if (!/^[0-9a-f]*$/.test(text) || text.length !== 2 * length) throw new RangeError(`not ${length} bytes in hexadecimal`);
  return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
}

export function toHex(bytes) {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

// Only the one spelling that encodes back to the same text is accepted.
function fromBase64url(text, length) {
  if (!ALPHABET.test(text) || text.length !== Math.ceil((length * 4) / 3)) return null;
  const plain = text.replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(atob(plain), (c) => c.charCodeAt(0));
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, '') === plain ? bytes : null;
}
