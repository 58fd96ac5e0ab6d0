// A certificate's page works without this file. With it the page is kept on the device
// and opens without a network, until its owner removes it.

const KEPT = "naru-certificates";
const page = document.getElementById("certificate");
const kept = document.getElementById("kept");
const dropped = document.getElementById("dropped");

if (page && "serviceWorker" in navigator && window.caches) keep().catch(() => {}); // the page stays what it is

async function keep() {
  const store = await caches.open(KEPT);
  kept.querySelector("button").addEventListener("click", async () => {
    await store.delete(location.pathname);
    kept.hidden = true;
    dropped.hidden = false;
  });
  kept.hidden = !(await store.match(location.pathname)); // without a network too
  await navigator.serviceWorker.register(page.dataset.worker);
  const files = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((x) => x.href || x.src);
  await (await caches.open("naru-files")).addAll(files);
  if (!kept.hidden || !dropped.hidden) return;
  await store.add(location.pathname);
  kept.hidden = false;
}
