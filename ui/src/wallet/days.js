// What depends on the day: which key is used, which proof is shown, what ends soon.
// Days are counted from 1970-01-01 on the calendar of the agency's zone.

/** dayOf is the day of a time in milliseconds. */
export function dayOf(ms, zone) {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(ms);
  const of = (type) => Number(parts.find((p) => p.type === type).value);
  return Date.UTC(of('year'), of('month') - 1, of('day')) / 86400000;
}

/** heldOn is the credential that is used on a day: another each day, in turn, all day the same. */
export const heldOn = (proof, day) => proof.held[day % proof.held.length];

/** ended tells whether a proof is over; ends is its last second, 0 for none. */
export const ended = (proof, ms) => proof.ends > 0 && ms >= (proof.ends + 1) * 1000;

/** lastDay is the day on which a proof ends; "24:00" is the end of a day, not the next. */
export const lastDay = (proof, zone) => dayOf((proof.ends - 1) * 1000, zone);

/** daysLeft is how many midnights lie before the last day of a proof; null without an end. */
export const daysLeft = (proof, ms, zone) => (proof.ends > 0 ? lastDay(proof, zone) - dayOf(ms, zone) : null);

/** warning is the mark that a proof has passed on the way to its end: 14, 7 or 1 days, 0 for none. */
export function warning(proof, ms, zone) {
  const left = daysLeft(proof, ms, zone);
  if (left === null || ended(proof, ms)) return 0;
  return [1, 7, 14].find((mark) => left <= mark) ?? 0;
}

// What doors ask for first: a vaccination, the latest dose before earlier ones.
const ORDER = [1, 3, 2, 4, 5];

/** inOrder puts the proofs of a person so that the first is the one to show. */
export function inOrder(proofs, ms) {
  const rank = (p) => [ended(p, ms) ? 1 : 0, ORDER.indexOf(p.kind), -p.class, -p.event];
  return [...proofs].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    const at = x.findIndex((n, i) => n !== y[i]);
    return at < 0 ? 0 : x[at] - y[at];
  });
}

export const TURN = 15; // seconds for which one code is shown

/** turnOf numbers the turns; a code is made once for each. */
export const turnOf = (ms) => Math.floor(ms / 1000 / TURN);
