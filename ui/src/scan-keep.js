// What a scanner keeps: its place, the pinned key, the last bundle, and how many checks
// there were in each hour. Nothing about anybody: no text of a code, no name, no hash of
// one (rule Q46).

const PLACE = "naru-scan-place";
const PIN = "naru-scan-pin";
const FILES = "naru-scan-bundle";
const HOURS_KEPT = 24 * 28;

export const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
export const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

export function place() {
  try {
    return JSON.parse(localStorage.getItem(PLACE)) ?? {};
  } catch {
    return {};
  }
}
export function setPlace(p) {
  localStorage.setItem(PLACE, JSON.stringify(p));
}

// pin is the key of bundles and the highest version that was seen. The key is taken at
// the first opening and never replaced by itself.
export function pin() {
  try {
    return JSON.parse(localStorage.getItem(PIN)) ?? {};
  } catch {
    return {};
  }
}
export function setPin(p) {
  localStorage.setItem(PIN, JSON.stringify(p));
}

export async function keptBundle(address) {
  const kept = await (await caches.open(FILES)).match(address);
  return kept && new Uint8Array(await kept.arrayBuffer());
}
export async function keepBundle(address, file) {
  await (await caches.open(FILES)).put(address, new Response(file));
}

const wait = (request) =>
  new Promise((yes, no) => {
    request.onsuccess = () => yes(request.result);
    request.onerror = () => no(request.error);
  });

async function store(mode) {
  const open = indexedDB.open("naru-scan", 1);
  open.onupgradeneeded = () => {
    open.result.createObjectStore("hours", { keyPath: "hour" });
    open.result.createObjectStore("keys");
  };
  const db = await wait(open);
  return db.transaction(["hours", "keys"], mode);
}

// deviceKey signs the tally. It is made here and cannot be taken out.
async function deviceKey() {
  const kept = await wait((await store("readonly")).objectStore("keys").get("device"));
  if (kept) return kept;
  const made = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  await wait((await store("readwrite")).objectStore("keys").put(made, "device"));
  return made;
}

// tallyText is what is signed of an hour.
export const tallyText = (h) =>
  ["naru/tally/1", h.facility, h.region, h.hour, h.valid, h.not_valid, h.cannot_tell, h.before].join("\n");

async function sign(h) {
  const key = await deviceKey();
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.privateKey, new TextEncoder().encode(tallyText(h)));
  return base64(signature);
}

// The counts are written one after another: two at once would lose one.
let writing = Promise.resolve();

// count adds one check to its hour. outcome is valid, not_valid or cannot_tell.
export function count(outcome, at, where) {
  writing = writing.then(() => add(outcome, at, where)).catch(() => {}); // storage that is full stops no check
  return writing;
}

async function add(outcome, at, where) {
  const all = await hours();
  const hour = new Date(Math.floor(at / 3600000) * 3600000).toISOString().slice(0, 13) + "Z";
  const last = all[all.length - 1];
  let h = last?.hour === hour ? last : undefined;
  h ??= { hour, facility: where.facility, region: where.region, valid: 0, not_valid: 0, cannot_tell: 0, before: last?.signature ?? "" };
  h[outcome]++;
  h.signature = await sign(h);
  const hoursOf = (await store("readwrite")).objectStore("hours");
  hoursOf.put(h);
  for (const old of all.slice(0, Math.max(0, all.length - HOURS_KEPT))) hoursOf.delete(old.hour);
}

export async function hours() {
  return wait((await store("readonly")).objectStore("hours").getAll());
}

// tally is the whole of it, for an inspector.
export async function tally() {
  await writing;
  const key = await deviceKey();
  return { format: "naru-tally/1", key: base64(await crypto.subtle.exportKey("raw", key.publicKey)), hours: await hours() };
}
