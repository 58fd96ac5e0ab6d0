// The service worker of the scanner: after the first opening nothing comes from a server.
// self.SCAN, which the server writes above, names the files of this version; they are kept
// all together, or not at all. What a scanner reads in a code never passes here.

const KEPT = "naru-scan-" + self.SCAN.version;
const RARE = "naru-scan-rare"; // what was asked for later

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((c) => c.addAll(self.SCAN.files)).then(() => self.skipWaiting()));
});

// Older versions go; the bundle and other parts of the site have caches of their own.
async function tidy() {
  for (const name of await caches.keys()) {
    if (/^naru-scan-[A-Za-z0-9_-]{12}$/.test(name) && name !== KEPT) await caches.delete(name);
  }
  await self.clients.claim();
}
self.addEventListener("activate", (event) => event.waitUntil(tidy()));

async function file(request, path) {
  const kept = (await (await caches.open(KEPT)).match(path)) ?? (await (await caches.open(RARE)).match(path));
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && path.startsWith("/assets/")) await (await caches.open(RARE)).put(path, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (self.SCAN.files.includes(url.pathname) || url.pathname.startsWith("/assets/")) event.respondWith(file(event.request, url.pathname));
});
