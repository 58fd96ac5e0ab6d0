// Package sip answers the telephone numbers of facilities (안심콜): who calls one is
// entered in the register, hears so, and is hung up on.
//
// It promises that a visit is recorded when a call was answered and the caller's side
// has acknowledged it, once for each call; that the sentence which says so is heard
// only after the record is durable; that a number counts as proven only from a listed
// carrier (trunk); that sound and requests go to nobody who did not take part; and that
// no number, name or message of a call is ever logged. SIP is RFC 3261, the offer and
// answer RFC 3264, the sound G.711 over RTP (RFC 3550, RFC 3551). Rules V20-V29 in
// docs/rules/call.md.
package sip

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"naru/internal/visit"
)

// Register is the entry register behind the telephone.
type Register interface {
	// Called is the facility whose number was called, digits with the country's. Code
	// NotFound for a number that is nobody's.
	Called(ctx context.Context, number string) (visit.FacilityID, error)
	// RecordCall records the visit of a call; on nil it is durable. The same call again
	// is the same visit.
	RecordCall(ctx context.Context, call visit.Call) error
}

// Options of an Endpoint. All must be set but Trunks, Public and Zero.
type Options struct {
	Listen      netip.AddrPort // UDP and TCP; the port 0 is any. Not the unspecified address, unless Public is set
	Public      netip.Addr     // address by which carriers reach it; zero: that of Listen
	Trunks      Trunks
	CountryCode string // digits after the plus sign: "82"
	Zero        string // prefix of a number dialled inside the country: "0", or ""
	Register    Register
	Now         func() time.Time
	Log         *slog.Logger
}

// Bounds.
const (
	maxCalls     = 4000             // at once
	maxStrangers = 50               // of them, from addresses that are not listed
	patience     = 3 * time.Second  // for the register
	byePatience  = 10 * time.Second // for the answer to a BYE
	retryAfter   = "5"              // seconds; for who is turned away
	maxIdentity  = 256              // bytes of a Call-ID or tag
)
