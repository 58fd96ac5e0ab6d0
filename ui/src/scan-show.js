// What is seen, heard and felt of a verdict: shape, word, colour, tone, voice, vibration.
// Each says the same, so that one of them is enough.

const page = document.getElementById("scan");
const words = JSON.parse(document.getElementById("words").textContent);
const shapes = page.querySelectorAll("[data-shape]"); // SVG elements have no property hidden
const lang = document.documentElement.lang;
const at = (id) => document.getElementById(id);

export const word = (id) => words[id] ?? words["scan.unknown_reason"];
const named = (text) => text?.[lang] ?? text?.ko ?? Object.values(text ?? {})[0] ?? "";

// Tones, as pairs of hertz and milliseconds: up for VALID, the two-tone bell (딩동) for
// NOT VALID, one long low tone for CANNOT TELL. They need no file and no network.
const TONES = {
  valid: [[784, 90], [1047, 160]],
  id: [[784, 90], [784, 160]],
  not_valid: [[659, 220], [523, 380]],
  cannot_tell: [[294, 500]],
};
const SHAKES = { valid: [60], id: [60, 60, 60], not_valid: [250, 100, 250], cannot_tell: [500] };

let sound, muted = false;

// wake is called in a click: browsers allow sound only then.
export function wake() {
  sound ??= new AudioContext();
  sound.resume();
  speak(" "); // the voice, too, must begin in a click
}
export function mute(on) {
  muted = on;
}

function tone(kind) {
  if (!sound || muted) return;
  let when = sound.currentTime;
  for (const [hertz, ms] of TONES[kind]) {
    const source = sound.createOscillator(), level = sound.createGain();
    source.frequency.value = hertz;
    level.gain.setValueAtTime(0.4, when);
    level.gain.linearRampToValueAtTime(0, when + ms / 1000);
    source.connect(level).connect(sound.destination);
    source.start(when);
    source.stop(when + ms / 1000);
    when += ms / 1000;
  }
}

function speak(text) {
  if (!globalThis.speechSynthesis || muted) return;
  speechSynthesis.cancel();
  const line = new SpeechSynthesisUtterance(text);
  line.lang = lang === "ko" ? "ko-KR" : "en-US";
  speechSynthesis.speak(line);
}

const STATES = { VALID: "valid", "NOT VALID": "not_valid", "CANNOT TELL": "cannot_tell" };

// state is how a verdict is shown: VALID for a code that can be copied is id until
// somebody has looked at the ID.
export const state = (v) => (v.see_id ? "id" : STATES[v.outcome] ?? "cannot_tell");

// reason is the sentence of a verdict.
export const reason = (v) => named(v.sentence) || word(v.reason);

// verdict shows one. digits are what the pass must answer, or "".
export function verdict(v, digits) {
  const kind = state(v);
  page.dataset.state = kind;
  page.dataset.reason = v.reason;
  for (const s of shapes) s.toggleAttribute("hidden", s.dataset.shape !== kind);
  at("word").textContent = word("scan.word_" + kind);
  at("reason").textContent = reason(v);
  at("until").textContent = v.until ? word("scan.until").replace("%d", v.until) : "";
  at("todo").textContent = word("scan.todo_" + (v.more ? "more" : v.ask ? "ask" : kind));
  at("holder").hidden = !v.holder || v.outcome === "NOT VALID";
  at("holder-name").textContent = v.holder?.name ?? "";
  at("holder-born").textContent = v.holder?.born ?? "";
  at("seen").hidden = !v.see_id;
  at("digits").hidden = !v.ask;
  at("digits-shown").textContent = v.ask ? digits : "";
  tone(kind);
  navigator.vibrate?.(SHAKES[kind]);
  if (kind === "valid") speak(reason(v)); // 접종완료자입니다
  else if (kind !== "not_valid") speak(word("scan.say_" + kind)); // who is not valid is not called out
}

// ready takes the verdict away, and with it whatever named a person.
export function ready() {
  page.dataset.state = "ready";
  page.dataset.reason = "";
  for (const s of shapes) s.toggleAttribute("hidden", true);
  at("word").textContent = word("scan.ready");
  for (const id of ["reason", "until", "todo", "holder-name", "holder-born", "digits-shown"]) at(id).textContent = "";
  for (const id of ["holder", "seen", "digits"]) at(id).hidden = true;
}

// modes lists what is acceptable meanwhile.
export function modes(all) {
  at("modes").hidden = !all?.length;
  at("modes-list").replaceChildren(...(all ?? []).map((m) => Object.assign(document.createElement("li"), { textContent: named(m.says) })));
}

export const facilityName = (f) => named(f.name);
export const complain = (id) => {
  at("trouble").textContent = id ? word(id) : "";
  at("trouble").hidden = !id;
};
