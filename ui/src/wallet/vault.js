// What the wallet keeps on this device: people with their proofs, each credential with a
// key that cannot leave the browser. Browsers may delete all of it; so the numbers are
// kept twice more, in places that do not always go at the same time, to find that out.

const NAME = 'naru-wallet';
const COUNT = 'naru-wallet-count';

export function open() {
  return new Promise((yes, no) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('people', { keyPath: 'id' });
      asked.result.createObjectStore('asked', { keyPath: 'id' }); // a request whose answer has not come
    };
    asked.onsuccess = () => yes(asked.result);
    asked.onerror = () => no(asked.error);
  });
}

function within(db, name, mode, work) {
  return new Promise((yes, no) => {
    const tx = db.transaction(name, mode, { durability: 'strict' });
    const asked = work(tx.objectStore(name));
    tx.oncomplete = () => yes(asked.result);
    tx.onerror = tx.onabort = () => no(tx.error);
  });
}

export const people = (db) => within(db, 'people', 'readonly', (all) => all.getAll());
export const asked = (db) => within(db, 'asked', 'readonly', (all) => all.getAll());
export const ask = (db, request) => within(db, 'asked', 'readwrite', (all) => all.put(request));
export const answered = (db, id) => within(db, 'asked', 'readwrite', (all) => all.delete(id));

/** keep stores a person and the number of what must be found again. */
export async function keep(db, person) {
  await within(db, 'people', 'readwrite', (all) => all.put(person));
  count(await people(db));
}

export async function forget(db, id) {
  await within(db, 'people', 'readwrite', (all) => all.delete(id));
  count(await people(db));
}

const held = (person) => person.proofs.reduce((n, p) => n + p.held.length, 0);

function count(all) {
  const text = all.map(held).join(' ');
  text ? localStorage.setItem(COUNT, text) : localStorage.removeItem(COUNT);
}

/** seenBefore tells whether this browser once held something; cookie is document.cookie. */
export const seenBefore = (cookie) => localStorage.getItem(COUNT) !== null || /(^|; )(__Host-)?naru-wallet=1(;|$)/.test(cookie);

/**
 * check finds out what was lost: 'none' when everything is there, 'all' when nothing is,
 * 'part' when credentials are missing or a key does not sign any more.
 */
export async function check(all, cookie) {
  if (all.length === 0) return seenBefore(cookie) ? 'all' : 'none';
  const counted = localStorage.getItem(COUNT);
  if (counted !== null && counted !== all.map(held).join(' ')) return 'part';
  const whole = await Promise.all(all.flatMap((person) => person.proofs.map(signs)));
  return whole.every(Boolean) ? 'none' : 'part';
}

// A key that was half deleted still looks like one until it is used.
async function signs(proof) {
  try {
    await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, proof.held[0].key, new Uint8Array(1));
    return proof.held.every((h) => h.key instanceof CryptoKey && h.credential.length > 0);
  } catch {
    return false;
  }
}

/** stay asks the browser not to delete anything by itself; it may say no. */
export async function stay() {
  if (!navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || navigator.storage.persist();
}
