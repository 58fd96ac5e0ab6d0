// The reader for difficult codes: small, blurred, on a curved or broken screen. A
// megabyte that most doors never need, so it is loaded when somebody asks for it.

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

export async function start(address) {
  await prepareZXingModule({ overrides: { locateFile: () => address }, fireImmediately: true });
}

export async function read(frame) {
  const found = await readBarcodes(frame, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 });
  return found.find((f) => f.isValid)?.text ?? "";
}
