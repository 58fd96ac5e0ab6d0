// The booking flow works without this file. It fills the lists of regions at
// once, counts minutes down, and takes the reader to what went wrong.

const SOON = 60; // seconds before an end at which it is said aloud, once

if (typeof document !== "undefined") {
  focusAlert();
  for (const place of document.querySelectorAll("[data-seconds]")) countDown(place);
  for (const form of document.querySelectorAll("form[data-regions]")) fillRegions(form);
}

function focusAlert() {
  const alert = document.getElementById("alert");
  if (alert) alert.focus();
}

// countDown shows whole minutes. It counts by a stopwatch from the time the page
// was made, never by the machine's clock. Only the last minute is announced.
function countDown(place) {
  const end = Number(place.dataset.seconds);
  const { left, soon } = place.dataset;
  let said = false;
  const tick = () => {
    const rest = end - performance.now() / 1000;
    if (rest > SOON) {
      place.textContent = left.replace("%m", String(Math.floor(rest / 60)));
    } else if (!said) {
      said = true;
      place.setAttribute("role", "status");
      place.textContent = soon;
    }
    if (!said) setTimeout(tick, Math.min(15, Math.max(1, rest - SOON)) * 1000);
  };
  tick();
}

// fillRegions fills each list as soon as the one above it is chosen, from one
// static file. When the file cannot be had, the button does it as before.
async function fillRegions(form) {
  const selects = [...form.querySelectorAll("select")];
  const children = await loadRegions(form.dataset.regions);
  if (!children) return;
  selects.forEach((select, level) => {
    select.addEventListener("change", () => {
      refill(selects, level, children, form.dataset.option);
      form.action = selects[1] && selects[1].value ? form.dataset.clinics : form.dataset.self;
    });
  });
  // What was chosen before the file came fills the next list now.
  const late = selects.findIndex((s, i) => s.value && selects[i + 1] && selects[i + 1].options.length === 1);
  if (late >= 0) selects[late].dispatchEvent(new Event("change"));
}

async function loadRegions(address) {
  if (!address) return null;
  try {
    const answer = await fetch(address);
    return answer.ok ? byParent(await answer.json()) : null;
  } catch {
    return null;
  }
}

export function byParent(file) {
  const column = Object.fromEntries(file.columns.map((name, i) => [name, i]));
  const children = new Map();
  for (const row of file.rows) {
    const parent = row[column.parent];
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push({
      code: row[column.code],
      name: display(row[column.name]),
      clinics: row[column.clinics],
    });
  }
  return children;
}

// display writes a district of a city with a space, as people do: 고양시 덕양구.
export function display(name) {
  const at = name.indexOf("시");
  const plain = at < 1 || at === name.length - 1 || name.includes(" ") || !name.endsWith("구");
  return plain ? name : name.slice(0, at + 1) + " " + name.slice(at + 1);
}

function refill(selects, changed, children, option) {
  for (let level = changed + 1; level < selects.length; level++) {
    const first = selects[level].options[0];
    selects[level].replaceChildren(first);
    selects[level].value = first.value;
    if (level !== changed + 1 || !selects[changed].value) continue;
    for (const region of children.get(selects[changed].value) || []) {
      const text = option.replace("%n", region.name).replace("%c", region.clinics.toLocaleString("en"));
      selects[level].append(new Option(text, region.code));
    }
  }
}
