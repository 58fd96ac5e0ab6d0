// The scanner's core: our own Go program in WebAssembly, which reads, verifies and
// decides. It is loaded once and asks nobody.

import "wasm_exec";

let core;

// start runs the program from an address; it is ready when start returns.
export async function start(address) {
  const go = new globalThis.Go();
  const answer = await fetch(address);
  if (!answer.ok) throw new Error("core " + answer.status);
  const { instance } = await WebAssembly.instantiate(await answer.arrayBuffer(), go.importObject);
  go.run(instance); // until the page is closed
  core = globalThis.naruScan;
}

// load takes a bundle into use: {version, issued, facilities}, or {error, code}.
export function load(file, key, floor) {
  return JSON.parse(core.load(file, key, floor));
}

// judge answers a question about the texts of a code.
export function judge(question) {
  return JSON.parse(core.judge(JSON.stringify(question)));
}
