// The service worker of the wallet: once a person has opened the wallet it opens from
// this device, and asks nobody. What it keeps is the page in each language and what the
// page needs; the list of them, WALLET, stands in front of this text.

/* global WALLET */
const KEPT = 'naru-wallet-';
const cache = KEPT + WALLET.version;

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(clean()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (WALLET.pages.includes(url.pathname)) event.respondWith(kept(url.pathname, request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(kept(url.pathname, request));
});

// All files or none: half a wallet would not open.
async function keep() {
  const to = await caches.open(cache);
  await to.addAll([...WALLET.pages, ...WALLET.files].map((path) => new Request(path, { cache: 'reload', credentials: 'omit' })));
  await self.skipWaiting();
}

async function clean() {
  for (const name of await caches.keys()) {
    if (name.startsWith(KEPT) && name !== cache) await caches.delete(name);
  }
  await self.clients.claim();
}

// An older worker of another language finds what the newer one keeps.
async function kept(path, request) {
  return (await caches.match(path, { ignoreVary: true })) ?? fetch(request);
}
