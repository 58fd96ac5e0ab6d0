// The visit token (docs/rules/visit.md): what is in it is sealed to two custodians' keys
// of the day, anew at each turn of the code, so that no two have anything in common.

import { join, number } from './bytes.js';
import { seal } from './hpke.js';

const text = new TextEncoder();
const FIRST = Date.UTC(2020, 0, 1) / 86400000; // day 0 of the register, in days since 1970
const VERSION = 1;
const BY_CODE = 1;

/** visitDay is the day of the register of a day that is counted from 1970. */
export const visitDay = (day) => day - FIRST;

/**
 * sealToken makes the token of one visit. contact is {day, handle, mac} as the server
 * gave it, keys is {inner, outer} of the same day, time is in seconds. own fixes the
 * pairs of the two sealings, for vectors.
 */
export async function sealToken(contact, keys, time, own = {}) {
  let plain = join(number(BY_CODE, 1), contact.handle, number(Math.floor(time / 60), 4), contact.mac);
  for (const which of ['inner', 'outer']) {
    plain = await seal(keys[which], text.encode(`naru/visit/1 ${which} ${contact.day}`), plain, undefined, own[which]);
  }
  return join(number(VERSION, 1), number(contact.day, 2), plain);
}
