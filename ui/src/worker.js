// The service worker of the clinic's console: the list of the working day can be
// read when there is no network. What it keeps is one day's pages, and the styles
// and scripts they need; sign-out clears it, and so does the next day.

const DAY = "naru-day-";
const FILES = "naru-files";
const LIST = /\/staff\/clinic\/[^/]+\/day\/(\d{4}-\d{2}-\d{2})$/;
const PATIENCE = 4000; // ms until the kept list is shown instead

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(file(request));
  else if (request.mode === "navigate" && LIST.test(url.pathname)) event.respondWith(list(request, url));
});

// A file's address names its content: what is kept is never old.
async function file(request) {
  const kept = await caches.match(request, { cacheName: FILES });
  return kept ?? fetch(request);
}

async function list(request, url) {
  const kept = await caches.match(url.pathname, { cacheName: DAY + LIST.exec(url.pathname)[1] });
  if (!kept) return fetch(request);
  const late = new Promise((_, no) => setTimeout(no, PATIENCE, new Error("late")));
  try {
    return await Promise.race([fetch(request), late]);
  } catch {
    return kept;
  }
}
