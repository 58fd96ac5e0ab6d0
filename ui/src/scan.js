// The scanner's page: it looks, asks the core, shows the verdict, and counts. Nothing that
// it needs at a door comes from a server (docs/adr/0036).

import * as camera from "./scan-camera.js";
import * as core from "./scan-core.js";
import * as keep from "./scan-keep.js";
import * as show from "./scan-show.js";

const page = document.getElementById("scan");
const at = (id) => document.getElementById(id);
const LATEST = "/bundle/latest";
const HOLD = 3000; // ms for which a verdict stays at least
const GONE = 700; // ms without a code until the next one is another person's
const ASKED = 90000; // ms for which a number counts
const REFRESH = 15 * 60000; // ms between two looks for a newer bundle
const CHUNKS = 30000; // ms for which the codes of one card are put together

let bundle; // {version, issued, facilities}
let current = null; // {text, verdict, since}: in memory alone, gone with the verdict
let lastSeen = 0;
let asked = null; // {digits, until}
const answered = []; // digits that were answered, newest last
let chunks = { texts: [], until: 0 };

// --- the bundle

async function pinned() {
  const pin = keep.pin();
  if (pin.key) return pin;
  const answer = await fetch("/bundle/key");
  if (!answer.ok) throw new Error("key " + answer.status);
  return { key: (await answer.text()).trim(), floor: 0 };
}

async function take(file) {
  const pin = await pinned();
  const loaded = core.load(file, keep.bytes(pin.key), pin.floor);
  if (loaded.error) return loaded;
  keep.setPin({ key: pin.key, floor: loaded.version });
  bundle = loaded;
  page.dataset.version = loaded.version;
  fillFacilities();
  return loaded;
}

async function refresh() {
  try {
    const answer = await fetch(LATEST, { cache: "no-cache" });
    if (!answer.ok) return;
    const file = new Uint8Array(await answer.arrayBuffer());
    const loaded = await take(file);
    if (!loaded.error) await keep.keepBundle(LATEST, file);
    else if (loaded.code !== "malformed") show.complain("scan.bundle_refused");
  } catch {
    // no network: what is here goes on
  } finally {
    showAge();
  }
}

function showAge() {
  const line = at("bundle");
  if (!bundle) {
    line.textContent = show.word("scan.no_bundle");
    return;
  }
  const age = Math.max(0, Date.now() - Date.parse(bundle.issued));
  const hours = Math.floor(age / 3600000), days = Math.floor(hours / 24);
  page.dataset.old = String(days >= 1);
  line.classList.toggle("old", days >= 1);
  const say = days >= 1 ? show.word("scan.age_days").replace("%n", days) : show.word("scan.age_hours").replace("%n", hours);
  line.textContent = say.replace("%v", bundle.version);
}

// --- the place

function fillFacilities() {
  const chosen = keep.place().facility;
  at("facility").replaceChildren(
    new Option(show.word("scan.choose"), ""),
    ...bundle.facilities.map((f) => new Option(show.facilityName(f), f.id, false, f.id === chosen)),
  );
  placeChanged();
}

function placeChanged() {
  const facility = at("facility").value;
  at("party").hidden = !bundle?.facilities.find((f) => f.id === facility)?.party;
  if (facility) keep.setPlace({ facility, region: at("region").value, facing: at("facing").value });
}

const whole = (id) => Math.max(0, Math.min(99, Math.trunc(Number(at(id).value)) || 0));

function where() {
  const party = !at("party").hidden;
  return { facility: at("facility").value, region: at("region").value, people: party ? whole("people") : 0, without: party ? whole("without") : 0 };
}

// --- a look at a code

function ask() {
  if (!asked || asked.until < Date.now()) {
    const [n] = crypto.getRandomValues(new Uint32Array(1));
    asked = { digits: String(n % 1000000).padStart(6, "0"), until: Date.now() + ASKED };
  }
  return asked.digits;
}

// texts are those of one code, or of the codes of one card so far.
function texts(text) {
  if (!text.startsWith("shc:/")) return [text];
  if (chunks.until < Date.now()) chunks = { texts: [], until: 0 };
  if (!chunks.texts.includes(text)) chunks.texts.push(text);
  chunks.until = Date.now() + CHUNKS;
  return chunks.texts;
}

function look(text, since) {
  const counted = asked && asked.until >= Date.now() ? asked.digits : "";
  const verdict = core.judge({ texts: texts(text), at: Date.now(), ...where(), asked: counted, answered });
  if (verdict.error) return show.complain("scan.unknown_reason");
  if (!verdict.more) chunks = { texts: [], until: 0 };
  const again = current && Date.now() - lastSeen < GONE && current.verdict.reason === verdict.reason && !verdict.see_id;
  show.verdict(verdict, verdict.ask ? ask() : "");
  page.dataset.ms = String(Math.round(performance.now() - since));
  page.dataset.n = String(Number(page.dataset.n ?? 0) + 1);
  show.modes(verdict.modes);
  // Only a pass that has answered uses the number up: another code in between must not make
  // the answer look like one of before.
  if (counted && verdict.form === "pass" && verdict.reason.startsWith("rule.")) settle();
  if (!again && !verdict.more && !verdict.ask && !verdict.see_id) count(verdict);
  current = { text, verdict, since: Date.now() };
}

function settle() {
  answered.push(asked.digits);
  answered.splice(0, answered.length - 50);
  asked = null;
}

const COUNTED = { VALID: "valid", "NOT VALID": "not_valid", "CANNOT TELL": "cannot_tell" };
const count = (verdict) => keep.count(COUNTED[verdict.outcome] ?? "cannot_tell", Date.now(), where());

function saw(text, since) {
  const now = Date.now();
  if (text) {
    if (!current || text !== current.text) look(text, since);
    lastSeen = now;
    return;
  }
  const waits = current && (current.verdict.see_id || (asked && asked.until > now) || current.verdict.more);
  if (current && !waits && now - lastSeen > GONE && now - current.since > HOLD) next();
}

function next() {
  current = asked = null;
  chunks = { texts: [], until: 0 };
  show.ready();
}

// identified is the answer to "is this the person on the ID?".
function identified(yes) {
  if (!current?.verdict.see_id) return;
  const verdict = { ...current.verdict, see_id: false };
  if (!yes) Object.assign(verdict, { outcome: "NOT VALID", reason: "scan.other_person", sentence: null, until: "" });
  show.verdict(verdict, "");
  if (yes) at("holder").hidden = true; // it was needed for the look alone
  count(verdict);
  current = { ...current, verdict, since: Date.now() };
}

// --- the page

async function begin() {
  show.wake();
  show.complain("");
  if (!at("facility").value) {
    show.complain("scan.choose_first");
    at("facility").focus();
    return;
  }
  try {
    await camera.open(at("video"), at("facing").value);
  } catch (fault) {
    show.complain(fault.name === "NotAllowedError" ? "scan.camera_denied" : "scan.camera_none");
    return;
  }
  page.dataset.on = "yes";
  at("start").hidden = true;
  at("stop").hidden = false;
  at("torch").hidden = !camera.hasTorch();
  next();
  camera.watch(at("video"), saw);
  navigator.wakeLock?.request("screen").catch(() => {}); // a screen that sleeps is waked by a hand
}

function end() {
  camera.close();
  page.dataset.on = "";
  at("start").hidden = false;
  at("stop").hidden = true;
  next();
}

async function hardMode() {
  at("hard").disabled = true;
  try {
    await camera.useHard(page.dataset.hard, page.dataset.hardWasm);
    page.dataset.hardOn = "yes";
    at("hard").textContent = show.word("scan.hard_on");
  } catch {
    at("hard").disabled = false;
    show.complain("scan.hard_offline");
  }
}

async function showTally() {
  const all = await keep.tally();
  at("tally-rows").replaceChildren(...all.hours.map((h) => {
    const row = document.createElement("tr");
    row.append(...[h.hour, h.valid, h.not_valid, h.cannot_tell].map((text) => Object.assign(document.createElement("td"), { textContent: text })));
    return row;
  }));
  at("tally-file").href = "data:application/json," + encodeURIComponent(JSON.stringify(all));
  at("tally-file").hidden = false;
}

function wire() {
  const place = keep.place();
  if (place.region !== undefined) at("region").value = place.region;
  if (place.facing) at("facing").value = place.facing;
  for (const id of ["facility", "region", "facing"]) at(id).addEventListener("change", placeChanged);
  at("start").addEventListener("click", begin);
  at("stop").addEventListener("click", end);
  at("next").addEventListener("click", next);
  at("seen-yes").addEventListener("click", () => identified(true));
  at("seen-no").addEventListener("click", () => identified(false));
  at("hard").addEventListener("click", hardMode);
  at("sound").addEventListener("change", () => show.mute(!at("sound").checked));
  at("tally").addEventListener("toggle", showTally);
  at("torch").addEventListener("click", () => {
    const on = at("torch").getAttribute("aria-pressed") !== "true";
    at("torch").setAttribute("aria-pressed", String(on));
    camera.torch(on).catch(() => {});
  });
  addEventListener("keydown", (e) => {
    if (e.key === "Escape") next();
  });
}

async function main() {
  wire();
  navigator.serviceWorker?.register(page.dataset.worker, { scope: page.dataset.scope }).then(
    () => navigator.serviceWorker.ready.then(() => (page.dataset.offline = "yes")),
    () => show.complain("scan.no_offline"),
  );
  await core.start(page.dataset.core);
  const kept = await keep.keptBundle(LATEST);
  if (kept) await take(kept);
  await refresh();
  setInterval(refresh, REFRESH);
  page.dataset.ready = bundle ? "yes" : "no";
  at("start").disabled = !bundle;
  if (!bundle) show.complain("scan.no_bundle");
}

main().catch(() => show.complain("scan.broken"));
