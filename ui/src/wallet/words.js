// What the wallet says, in the page's language: the texts come with the page.

import { daysLeft, ended, lastDay, warning } from './days.js';

/** wordsOf gives the texts of a page, and its dates and times. */
export function wordsOf(page) {
  const texts = JSON.parse(page.dataset.words);
  const { zone, tag } = page.dataset;
  const form = (options) => new Intl.DateTimeFormat(tag, { timeZone: zone, ...options });
  const minute = form({ month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit' });
  const clock = form({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const spoken = form({ hour: 'numeric', minute: 'numeric' });
  return {
    zone, tag,
    /** say is a text with its places (%n) filled. */
    say: (id, places = {}) => Object.entries(places).reduce((text, [key, value]) => text.split('%' + key).join(value), texts[id]),
    day: (n) => form({ year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' }).format(n * 86400000),
    minute: (seconds) => minute.format(seconds * 1000),
    clock: (ms) => clock.format(ms),
    hour: (ms) => spoken.format(ms),
  };
}

/** titleOf is the large word of a proof. */
export function titleOf(w, p) {
  switch (p.kind) {
    case 1: return w.say('dose', { n: Math.floor(p.class / 16) });
    case 2: return w.say(p.class === 1 ? 'pcr' : 'antigen');
    case 3: return w.say('recovery');
    case 4: return w.say('exemption');
    default: return w.say('young');
  }
}

/** factsOf is the line below it: since when, until when. */
export function factsOf(w, p, ms) {
  const facts = [];
  if (p.kind === 1) facts.push(w.say('given', { d: w.day(p.event) }));
  if (p.kind === 2) facts.push(w.say('noticed', { d: w.minute(p.event * 60) }));
  if (p.kind === 3) facts.push(w.say('released', { d: w.day(p.event) }));
  if (p.kind === 5) facts.push(w.say('born', { d: String(p.event) }));
  if (p.ends > 0) facts.push(w.say(ended(p, ms) ? 'ended' : 'until', { d: w.day(lastDay(p, w.zone)) }));
  return facts.join(' · ');
}

/** warningOf is the sentence of what ends soon; '' when nothing does. */
export function warningOf(w, p, ms) {
  const mark = warning(p, ms, w.zone);
  if (mark === 0) return '';
  const left = daysLeft(p, ms, w.zone);
  return left === 0 ? w.say('ends_today') : w.say('ends_in', { n: left, d: w.day(lastDay(p, w.zone)) });
}

/** spokenOf is what is read aloud. */
export function spokenOf(w, person, p, ms) {
  const state = ended(p, ms) ? w.say('spoken_ended') : w.say('spoken_shown');
  return [person.name, titleOf(w, p), factsOf(w, p, ms), w.say('spoken_time', { t: w.hour(ms) }), state, warningOf(w, p, ms)].filter(Boolean).join('. ');
}
