// The clinic's list works without this file. With it, what is pressed while the
// network is away is kept in the browser, with its true time and a key of its own,
// and sent once there is a connection: the server counts a key once.

const AGAIN = 3000; // ms until what could not be sent is tried again

const page = typeof document === "undefined" ? null : document.getElementById("day");
if (typeof document !== "undefined") start();

async function start() {
  const db = await open();
  for (const form of document.querySelectorAll("form[data-leave]")) keepFromLeaving(form, db);
  if (!page) return;
  tick();
  if (!page.dataset.today) return;
  page.addEventListener("submit", (event) => {
    if (!event.target.dataset.act) return;
    event.preventDefault();
    take(db, event.target);
  });
  window.addEventListener("online", () => flush(db));
  window.addEventListener("offline", () => show(db));
  await overlay(db);
  flush(db);
  keep();
}

// ---- the queue

function open() {
  return new Promise((yes, no) => {
    const asked = indexedDB.open("naru-clinic", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("acts", { keyPath: "id", autoIncrement: true });
      asked.result.createObjectStore("done", { keyPath: "row" }); // what a kept list does not say yet
    };
    asked.onsuccess = () => yes(asked.result);
    asked.onerror = () => no(asked.error);
  });
}

function within(db, mode, work, name = "acts") {
  return new Promise((yes, no) => {
    const tx = db.transaction(name, mode, { durability: "strict" });
    const asked = work(tx.objectStore(name));
    tx.oncomplete = () => yes(asked.result);
    tx.onerror = () => no(tx.error);
  });
}

export function newKey() {
  const raw = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(raw, (b) => b.toString(16).padStart(2, "0")).join("");
}

async function take(db, form) {
  const body = new URLSearchParams(new FormData(form));
  body.set("key", newKey());
  body.set("at", new Date().toISOString().replace(/\.\d+Z$/, "Z"));
  const act = { url: form.getAttribute("action"), body: body.toString(), row: body.get("row"), step: body.get("step"), name: nameOf(body.get("row")) };
  await within(db, "readwrite", (acts) => acts.add(act));
  pending(act);
  await show(db);
  flush(db);
}

let timer = 0;

// flush sends what waits, oldest first, one tab at a time.
async function flush(db) {
  let sent = false;
  await navigator.locks.request("naru-clinic", async () => {
    for (const act of await within(db, "readonly", (acts) => acts.getAll())) {
      const outcome = await send(act);
      if (outcome === "later" || outcome === "signin") {
        await show(db, outcome === "signin");
        clearTimeout(timer);
        timer = setTimeout(flush, AGAIN, db);
        return;
      }
      if (outcome.ok) await within(db, "readwrite", (done) => done.put({ ...outcome, row: act.row }), "done");
      await within(db, "readwrite", (acts) => acts.delete(act.id));
      settle(act, outcome);
      sent = true;
    }
    await show(db);
  });
  if (sent && page?.dataset.kept) keep();
}

async function send(act) {
  let answer;
  try {
    answer = await fetch(act.url, {
      method: "POST", body: act.body, redirect: "manual",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
    });
  } catch {
    return "later";
  }
  if (answer.status === 401) return "signin";
  if (answer.status >= 500 || answer.status === 429 || answer.type === "opaqueredirect") return "later";
  try {
    return { ok: answer.ok, ...(await answer.json()) };
  } catch {
    return "later";
  }
}

// ---- the page

const rowOf = (key) => document.getElementById("p-" + key);
const nameOf = (key) => rowOf(key)?.querySelector(".name")?.textContent ?? "";

function pending(act) {
  const row = rowOf(act.row);
  if (!row) return;
  row.classList.add("waiting");
  paint(row, act.step === "back" ? "booked" : act.step);
  row.querySelector(".said").textContent = page.dataset.pending;
}

function paint(row, state) {
  row.classList.remove("booked", "arrived", "given", "missed");
  row.classList.add(state);
  row.dataset.state = state;
  const allowed = { booked: ["arrived", "given", "missed"], arrived: ["given", "back"], missed: ["arrived", "back"], given: [] }[state] ?? [];
  for (const form of row.querySelectorAll("form[data-act]")) {
    (form.closest("details") ?? form).hidden = !allowed.includes(form.dataset.act);
  }
  const details = row.querySelector("details");
  if (details) details.open = false;
}

function settle(act, outcome) {
  const row = rowOf(act.row);
  if (!outcome.ok) {
    refuse(act, outcome.detail ?? outcome.title ?? "");
    return;
  }
  if (row) say(row, outcome);
}

function say(row, outcome) {
  row.classList.remove("waiting");
  paint(row, outcome.state);
  row.querySelector(".said").textContent = outcome.text;
  if (outcome.until) watch(row, outcome.until);
}

function refuse(act, why) {
  rowOf(act.row)?.classList.remove("waiting");
  const list = document.getElementById("refused");
  const item = document.createElement("li");
  item.textContent = act.name + ": " + why;
  list.append(item);
  list.hidden = false;
}

function watch(row, until) {
  let place = row.querySelector(".watch");
  if (!place) {
    place = document.createElement("span");
    place.className = "watch";
    row.querySelector(".status").append(place);
  }
  place.dataset.until = until;
  tick();
}

let ticking = 0;

function tick() {
  clearTimeout(ticking);
  let open = false;
  for (const place of document.querySelectorAll("[data-until]")) {
    const left = Math.ceil((Number(place.dataset.until) - Date.now()) / 60000);
    place.textContent = left > 0 ? page.dataset.minutes.replace("%m", String(left)) : page.dataset.over;
    open ||= left > 0;
  }
  if (open) ticking = setTimeout(tick, 10000);
}

// overlay shows what the list does not know: a list that was kept is older than what
// the server has answered since, and what waits is known here alone.
async function overlay(db) {
  for (const done of await within(db, "readonly", (all) => all.getAll(), "done")) {
    if (done.made < Number(page.dataset.made)) await within(db, "readwrite", (all) => all.delete(done.row), "done");
    else if (rowOf(done.row)) say(rowOf(done.row), done);
  }
  for (const act of await within(db, "readonly", (acts) => acts.getAll())) pending(act);
}

async function show(db, signin = false) {
  if (!page) return;
  const place = document.getElementById("queue");
  const waiting = await within(db, "readonly", (acts) => acts.count());
  const said = [];
  if (!navigator.onLine) said.push(page.dataset.offline);
  if (waiting > 0) said.push((signin ? page.dataset.signin : page.dataset.waiting).replace("%n", String(waiting)));
  if (said.length > 0) place.textContent = said.join(" ");
  else if (!place.hidden) place.textContent = page.dataset.sent;
  place.hidden = said.length === 0 && place.textContent === "";
  place.dataset.waiting = String(waiting);
}

// keep lets the day's list be read without a network, for this day.
async function keep() {
  if (!("serviceWorker" in navigator) || !window.caches) return;
  const today = "naru-day-" + page.dataset.today;
  for (const name of await caches.keys()) {
    if (name.startsWith("naru-day-") && name !== today) await caches.delete(name);
  }
  await navigator.serviceWorker.register(page.dataset.worker);
  const files = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((x) => x.href || x.src);
  await (await caches.open("naru-files")).addAll(files).catch(() => {});
  const list = await caches.open(today);
  await list.add(location.pathname).catch(() => {}); // without a network the kept one stays
  page.dataset.kept = "yes";
}

// keepFromLeaving: a sign-out clears what the browser keeps, so nothing may wait.
function keepFromLeaving(form, db) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await flush(db);
    const waiting = await within(db, "readonly", (acts) => acts.count());
    if (waiting > 0) window.alert(form.dataset.leave);
    else form.submit();
  });
}
