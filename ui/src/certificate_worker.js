// The service worker of people's certificates: one that was loaded opens without a
// network. The server is asked first, and when it says that a certificate counts no
// more, what was kept of it goes.

const KEPT = "naru-certificates";
const FILES = "naru-files";
const PAGE = /\/certificate\/[0-9a-f]{32}$/;
const PATIENCE = 4000; // ms until the kept page is shown instead
const GONE = [404, 409]; // there is none, or it was taken back

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(file(request));
  else if (request.mode === "navigate" && PAGE.test(url.pathname)) event.respondWith(certificate(request, url.pathname));
});

// A file's address names its content: what is kept is never old.
async function file(request) {
  return (await caches.match(request, { cacheName: FILES })) ?? fetch(request);
}

async function certificate(request, path) {
  const store = await caches.open(KEPT);
  const kept = await store.match(path);
  if (!kept) return fetch(request);
  const late = new Promise((_, no) => setTimeout(no, PATIENCE, new Error("late")));
  try {
    const answer = await Promise.race([fetch(request), late]);
    if (GONE.includes(answer.status)) {
      await store.delete(path);
      return answer;
    }
    return answer.ok ? answer : kept; // the look-up has ended, or the server is in trouble
  } catch {
    return kept;
  }
}
