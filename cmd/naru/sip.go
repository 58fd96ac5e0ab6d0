package main

import (
	"context"
	"fmt"
	"net/netip"

	"naru/internal/sip"
	"naru/internal/store"
)

// SIPFlags are how "naru serve" answers the telephone numbers of facilities.
type SIPFlags struct {
	Listen string `name:"sip" placeholder:"ADDR" help:"Answer calls (SIP, UDP and TCP) on this address, 203.0.113.5:5060; the network around it has to let sound (RTP) out."`
	Public string `name:"sip-public" placeholder:"IP" help:"Address by which carriers reach it, where that is another."`
	Trunks string `name:"sip-trunks" placeholder:"FILE" help:"Carriers whose word about a caller's number counts (YAML). Whoever writes it can make up callers; without it no number is proven."`
}

// open binds the endpoint; nil where no address was given. The options that are wrong
// are usage errors.
func (f SIPFlags) open(h *host, s *store.Store) (*sip.Endpoint, error) {
	if f.Listen == "" {
		return nil, nil
	}
	o := sip.Options{CountryCode: h.agency.Phone.CountryCode, Zero: h.agency.Phone.Trunk, Register: s, Now: h.env.Now, Log: h.log}
	var err error
	if o.Listen, err = netip.ParseAddrPort(f.Listen); err != nil {
		return nil, usage(fmt.Errorf("--sip: %w; write an IP address and a port", err))
	}
	if f.Public != "" {
		if o.Public, err = netip.ParseAddr(f.Public); err != nil {
			return nil, usage(fmt.Errorf("--sip-public: %w", err))
		}
	}
	if f.Trunks != "" {
		if o.Trunks, err = sip.ReadTrunks(f.Trunks); err != nil {
			return nil, usage(fmt.Errorf("--sip-trunks: %w", err))
		}
	}
	return sip.New(o)
}

// calls answers until ctx ends; that it no longer can is an error in the log.
func (h *host) calls(ctx context.Context, e *sip.Endpoint) {
	if e == nil {
		return
	}
	_, _ = fmt.Fprintln(h.env.Stdout, "answering calls on", e.Addr())
	if err := e.Run(ctx); err != nil {
		h.log.Error("calls are answered no more", "error", err)
	}
}
