// Makes the font of printed certificates (internal/paper/font) from Pretendard: the
// 11,172 syllables of Hangul, its letters, and the Latin letters that names have. The
// licence (OFL 1.1) keeps the name Pretendard for the whole font, so the part is called
// otherwise; tables that a PDF does not need are left out.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import subset from "subset-font";

const RANGES = [[0x20, 0x7e], [0xa0, 0x148], [0x14a, 0x17f], [0x2010, 0x2027], [0x3131, 0x3163], [0xac00, 0xd7a3]]; // as in internal/paper/font.go
const KEPT = ["OS/2", "cmap", "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "post", "prep"];
const NAME = "Naru Paper";
const [target] = process.argv.slice(2);

const font = readFileSync("node_modules/pretendard/dist/public/static/alternative/Pretendard-Regular.ttf");
let text = "";
for (const [from, to] of RANGES) for (let code = from; code <= to; code++) text += String.fromCodePoint(code);
const part = await subset(font, text, { targetFormat: "truetype" });

const tables = new Map([["name", names()]]);
for (let i = 0; i < part.readUInt16BE(4); i++) {
  const at = 12 + 16 * i;
  const tag = part.toString("latin1", at, at + 4);
  const from = part.readUInt32BE(at + 8);
  if (KEPT.includes(tag)) tables.set(tag, part.subarray(from, from + part.readUInt32BE(at + 12)));
}
const out = gzipSync(write(tables), { level: 9 });
out[9] = 255; // of which system: not said, so that every machine makes the same file
writeFileSync(`${target}/paper.ttf.gz`, out);
writeFileSync(`${target}/OFL.txt`, readFileSync("node_modules/pretendard/dist/LICENSE.txt"));
console.log(`${target}/paper.ttf.gz: ${out.length} bytes`);

// names is a name table (OpenType, format 0) with the copyright, the name and the licence.
function names() {
  const said = [[0, "Copyright (c) 2021 Kil Hyung-jin; part of a font under the SIL Open Font License 1.1"], [1, NAME], [2, "Regular"], [4, NAME], [6, "NaruPaper"], [13, "SIL Open Font License 1.1"]];
  const head = Buffer.alloc(6 + 12 * said.length);
  head.writeUInt16BE(said.length, 2);
  head.writeUInt16BE(head.length, 4);
  const texts = said.map(([, value]) => Buffer.from(value, "utf16le").swap16());
  let offset = 0;
  said.forEach(([id], i) => {
    [3, 1, 0x409, id, texts[i].length, offset].forEach((n, k) => head.writeUInt16BE(n, 6 + 12 * i + 2 * k));
    offset += texts[i].length;
  });
  return Buffer.concat([head, ...texts]);
}

function sum(bytes) {
  let n = 0;
  for (let i = 0; i + 3 < bytes.length; i += 4) n = (n + bytes.readUInt32BE(i)) >>> 0;
  return n;
}

function write(all) {
  const tags = [...all.keys()].sort();
  const power = 2 ** Math.floor(Math.log2(tags.length));
  const head = Buffer.alloc(12 + 16 * tags.length);
  head.writeUInt32BE(0x00010000, 0);
  [tags.length, 16 * power, Math.log2(power), 16 * (tags.length - power)].forEach((n, i) => head.writeUInt16BE(n, 4 + 2 * i));
  const parts = [head];
  let at = head.length;
  let headAt = 0;
  tags.forEach((tag, i) => {
    const raw = Buffer.from(all.get(tag));
    if (tag === "head") {
      raw.writeUInt32BE(0, 8);
      headAt = at;
    }
    const padded = Buffer.concat([raw, Buffer.alloc((4 - (raw.length % 4)) % 4)]);
    head.write(tag, 12 + 16 * i, "latin1");
    head.writeUInt32BE(sum(padded), 16 + 16 * i);
    head.writeUInt32BE(at, 20 + 16 * i);
    head.writeUInt32BE(raw.length, 24 + 16 * i);
    parts.push(padded);
    at += padded.length;
  });
  const whole = Buffer.concat(parts);
  whole.writeUInt32BE((0xb1b0afba - sum(whole)) >>> 0, headAt + 8);
  return whole;
}
