// What the wallet draws: the code, the sign of a proof, and the frame that moves.

import { encodeQR } from 'qr';

const SVG = 'http://www.w3.org/2000/svg';

function element(name, attributes) {
  const e = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  return e;
}

const QUIET = 4; // modules around a code (ISO/IEC 18004)

/** drawCode draws a text into an SVG element, dark on light whatever the page's colours. */
export function drawCode(svg, text) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET });
  const path = rows.map((row, y) => runs(row).map(([x, n]) => `M${x} ${y}h${n}v1h-${n}z`).join('')).join('');
  svg.setAttribute('viewBox', `0 0 ${rows.length} ${rows.length}`);
  svg.dataset.text = text;
  svg.replaceChildren(element('path', { d: `M0 0h${rows.length}v${rows.length}H0z`, class: 'light' }), element('path', { d: path, class: 'dark' }));
}

function runs(row) {
  const all = [];
  row.forEach((dark, x) => {
    if (!dark) return;
    if (row[x - 1]) all[all.length - 1][1]++;
    else all.push([x, 1]);
  });
  return all;
}

// The signs of the kinds of proof: each has a form of its own, so that colour is not needed.
const SIGNS = {
  1: ['circle', { cx: 24, cy: 24, r: 21 }, 'M13 25l8 8 15-17'],
  2: ['path', { d: 'M24 2l22 22-22 22L2 24z' }, 'M15 24h18'],
  3: ['path', { d: 'M4 4h40v40H4z' }, 'M13 25l8 8 15-17'],
  4: ['path', { d: 'M24 3l22 41H2z' }, 'M24 18v12m0 6v1'],
  5: ['path', { d: 'M24 2l6 15 16 1-12 11 4 16-14-9-14 9 4-16L2 18l16-1z' }, 'M18 26l5 5 8-9'],
  ended: ['path', { d: 'M15 2h18l13 13v18L33 46H15L2 33V15z' }, 'M15 15l18 18m0-18L15 33'],
};

/** drawSign draws the sign of a kind, or of a proof that has ended. */
export function drawSign(svg, kind) {
  const [name, attributes, mark] = SIGNS[kind];
  svg.setAttribute('viewBox', '0 0 48 48');
  svg.replaceChildren(element(name, { ...attributes, class: 'body' }), element('path', { d: mark, class: 'mark' }));
}

const STEPS = 12;

/** drawFrame makes the mark that goes around the code; step moves it, by the second. */
export function drawFrame(svg) {
  svg.setAttribute('viewBox', '0 0 100 100');
  svg.replaceChildren(element('rect', { x: 2, y: 2, width: 96, height: 96, rx: 5, pathLength: 100, class: 'run' }), element('circle', { r: 2, class: 'step' }));
}

// step is for those who asked for less motion: the mark stands still for a second at each
// of twelve places, as the hand of a clock would.
export function step(svg, seconds) {
  const along = ((seconds % STEPS) / STEPS) * 4;
  const [side, part] = [Math.floor(along), (along % 1) * 96 + 2];
  const [x, y] = [[part, 2], [98, part], [100 - part, 98], [2, 100 - part]][side];
  const mark = svg.querySelector('.step');
  mark.setAttribute('cx', x);
  mark.setAttribute('cy', y);
}
