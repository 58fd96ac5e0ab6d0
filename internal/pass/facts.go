package pass

import (
	"strconv"
	"time"
)

// ID names the credential.
func (v Verified) ID() ID { return v.held.claims.id }

// Kind is what it is a proof of.
func (v Verified) Kind() Kind { return v.held.claims.proof.Kind }

// Ends is the last second of the proof; zero: it has no end.
func (v Verified) Ends() time.Time { return v.held.claims.proof.Ends }

// Made is when it was shown, on the person's clock.
func (v Verified) Made() time.Time { return Unverified{v.shown, v.held}.time() }

// ClocksApart tells that the person's clock and the scanner's differ by more than is
// allowed: only a nonce let it pass, and which of them is right is not known. What depends
// on the time is then to be judged at both.
func (v Verified) ClocksApart() bool { return v.apart }

// Token is the visit token, or nil.
func (v Verified) Token() []byte { return v.shown.token }

// Person is who it was issued to, where they opened it.
func (v Verified) Person() (Opened, bool) {
	if v.shown.opening == nil {
		return Opened{}, false
	}
	return *v.shown.opening, true
}

// Facts are what it says in the words of the rules (docs/rules/rule.md), for rule.Judge.
// local puts a moment on the clock of the rules (rule.Set.Local).
func (v Verified) Facts(local func(time.Time) time.Time) map[string]any {
	f := v.held.claims.proof.facts()
	if v.Kind() == Test {
		at := time.Unix(int64(v.held.claims.proof.Event)*60, 0) //nolint:gosec // bounded by facts
		f["notified"] = local(at).Format("2006-01-02T15:04:05")
	}
	return f
}

// facts are those that need no clock; nil for a kind or class that is not known here.
func (p Proof) facts() map[string]any {
	switch {
	case p.Kind == Vaccination && p.Class >= 17 && p.Class < 256*16 && p.Class%16 > 0 && p.Event <= lastDay:
		return map[string]any{"kind": "vaccination", "dose": int64(p.Class / 16), "of": int64(p.Class % 16), "date": day(p.Event)} //nolint:gosec // bounded
	case p.Kind == Test && p.Class == PCR && p.Event <= latest/60:
		return map[string]any{"kind": "test", "type": "pcr", "result": "negative"}
	case p.Kind == Test && p.Class == Antigen && p.Event <= latest/60:
		return map[string]any{"kind": "test", "type": "antigen", "result": "negative"}
	case p.Kind == Recovery && p.Class == 0 && p.Event <= lastDay:
		return map[string]any{"kind": "recovery", "released": day(p.Event)}
	case p.Kind == Exemption && p.Class > 0 && p.Class < uint64(len(exemptions)) && p.Event <= lastDay:
		f := map[string]any{"kind": "exemption", "reason": exemptions[p.Class]}
		if p.Event > 0 {
			f["until"] = day(p.Event)
		}
		return f
	case p.Kind == Person && p.Class == 0 && p.Event >= 1900 && p.Event <= 9999:
		return map[string]any{"kind": "person", "born": strconv.FormatUint(p.Event, 10)}
	}
	return nil
}

// lastDay is the last of the year 9999.
const lastDay = latest / 86400

func day(n uint64) string { return epoch.AddDays(int(n)).String() } //nolint:gosec // bounded by facts
