package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"naru/internal/identity"
	"naru/internal/message"
	"naru/internal/notify"
	"naru/internal/notify/mock"
	"naru/internal/proof"
	"naru/internal/web"
)

// The variables that hold what this service shows a provider of messages, and what the
// provider signs its reports with: they are in no file.
func messageSecret(id message.ProviderID) string { return variable("NARU_MESSAGE_SECRET_", string(id)) }

func messageReports(id message.ProviderID) string {
	return variable("NARU_MESSAGE_REPORTS_", string(id))
}

func variable(prefix, id string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(id, "-", "_"))
}

// needed is what is still missing before people can be served for real: all of it at
// once, nil when nothing is (rule M11).
func (h *host) needed() error {
	if h.development {
		return nil
	}
	var missing []string
	if u, err := url.Parse(h.public); err != nil || u.Scheme != "https" || u.Host == "" {
		missing = append(missing, "--public https://...: the address people use; a proxy in front ends TLS")
	}
	for _, p := range h.agency.Messages.Providers {
		if p.URL == message.Development {
			missing = append(missing, fmt.Sprintf("agency file, messages.providers, %s: an https address (now it is development)", p.ID))
			continue
		}
		for _, name := range []string{messageSecret(p.ID), messageReports(p.ID)} {
			if os.Getenv(name) == "" {
				missing = append(missing, "environment, "+name)
			}
		}
	}
	for _, p := range h.agency.Providers {
		if p.Kind == identity.Redirect && p.Issuer == identity.Development {
			missing = append(missing, fmt.Sprintf("agency file, identity.providers, %s: a real issuer (now it is development), or leave it out", p.ID))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return usage(errors.New("without --development this is still needed:\n  " + strings.Join(missing, "\n  ")))
}

// carriers are the providers of messages, each measured by the desk, and what they sign
// their reports with. The mocks it starts end with ctx.
func (h *host) carriers(ctx context.Context, public string) (map[message.ProviderID]notify.Provider, map[message.ProviderID]string, error) {
	all, secrets := map[message.ProviderID]notify.Provider{}, map[message.ProviderID]string{}
	for _, p := range h.agency.Messages.Providers {
		switch {
		case p.URL != message.Development:
			all[p.ID] = notify.NewHTTP(p, os.Getenv(messageSecret(p.ID)), h.env.Now)
			secrets[p.ID] = os.Getenv(messageReports(p.ID))
		case !h.mock:
			all[p.ID] = notify.Development{}
		default:
			var err error
			if p.URL, secrets[p.ID], all[p.ID], err = h.startMockMessages(ctx, p, public); err != nil {
				return nil, nil, err
			}
			h.mocks = append(h.mocks, fmt.Sprintf("%s %s", p.ID, strings.TrimSuffix(p.URL, "send")))
		}
	}
	return all, secrets, nil
}

// startMockMessages starts a mock provider of messages on a port of its own, on this
// machine only: the demonstration speaks to it as to a real one.
func (h *host) startMockMessages(ctx context.Context, p message.Provider, public string) (address, reports string, _ notify.Provider, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", nil, fmt.Errorf("provider %s: %w", p.ID, err)
	}
	secret := newSecret()
	reports = newSecret()
	provider := mock.New(secret, h.env.Now)
	provider.Reports = mock.Reporter(public+"/messages/"+string(p.ID)+"/reports", h.env.Now, func(at string, body []byte) string {
		return notify.Sign(reports, at, body)
	})
	server := web.HTTPServer("", provider.Handler())
	server.ErrorLog = nil // it cuts connections when it is told to swallow
	server.WriteTimeout = 2 * time.Minute
	go func() { _ = server.Serve(l) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	p.URL = "http://" + l.Addr().String() + "/send"
	return p.URL, reports, notify.NewHTTP(p, secret, h.env.Now), nil
}

func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return hex.EncodeToString(b[:])
}

// carrier is a provider of messages as the desk watches it: how it takes codes is
// their light.
type carrier struct {
	notify.Provider
	desk *proof.Desk
}

var _ notify.Provider = carrier{}

// Send is the provider's, measured. One that says no to a number works.
func (c carrier) Send(ctx context.Context, o notify.Outgoing) error {
	coder, found := c.desk.Coder()
	if !found || !o.Kind.Urgent() {
		return c.Provider.Send(ctx, o)
	}
	var said error
	err := c.desk.Watch(ctx, coder.ID, func(ctx context.Context) error {
		said = c.Provider.Send(ctx, o)
		var no *notify.Refusal
		if errors.As(said, &no) && no.Answer == message.Refused {
			return nil
		}
		return said
	})
	if err != nil {
		return err
	}
	return said
}

// watched are providers under the desk's eyes.
func watched(all map[message.ProviderID]notify.Provider, desk *proof.Desk) map[message.ProviderID]notify.Provider {
	seen := map[message.ProviderID]notify.Provider{}
	for id, p := range all {
		seen[id] = carrier{p, desk}
	}
	return seen
}
