package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"naru/internal/identity"
	"naru/internal/proof"
	"naru/internal/proof/mock"
	"naru/internal/web"
)

// returnPath is where providers send people back to.
const returnPath = "/identity/back"

// openDesk opens the providers of the agency; public is the address under which
// people reach this service. The mock providers it starts end with ctx.
func (h *host) openDesk(ctx context.Context, public string) (*proof.Desk, error) {
	redirects := map[identity.ID]proof.Redirect{}
	for _, p := range h.agency.Providers {
		if p.Kind != identity.Redirect {
			continue
		}
		o := proof.OIDCOptions{
			Issuer: p.Issuer, ClientID: p.ClientID, Secret: os.Getenv(secretName(p.ID)), Return: public + returnPath, Now: h.env.Now,
		}
		if p.Issuer == identity.Development {
			var err error
			if o.Issuer, err = h.startMock(ctx, string(p.ID), h.agency.In(h.agency.DefaultLanguage(), p.Name), p.ClientID, o.Return); err != nil {
				return nil, err
			}
		}
		redirects[p.ID] = proof.NewOIDC(o)
	}
	return proof.NewDesk(h.agency.Providers, redirects, h.env.Now, h.log)
}

// secretName is the variable that holds what this service proves itself with at a
// provider: it is in no file.
func secretName(id identity.ID) string {
	return variable("NARU_IDENTITY_SECRET_", string(id))
}

// startMock starts a mock provider on a port of its own, on this machine only,
// and returns its issuer.
func (h *host) startMock(ctx context.Context, id, name, client, back string) (string, error) {
	if !h.development {
		return "", fmt.Errorf("provider %s: the issuer %q is for --development only; name a real one", id, identity.Development)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("provider %s: %w", id, err)
	}
	issuer := "http://" + l.Addr().String()
	provider, err := mock.New(issuer, name, client, back, h.env.Now)
	if err != nil {
		return "", errors.Join(err, l.Close())
	}
	server := web.HTTPServer("", provider.Handler())
	server.ErrorLog = nil // it cuts connections when it is told to be dead
	go func() { _ = server.Serve(l) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	h.mocks = append(h.mocks, fmt.Sprintf("%s %s", id, issuer))
	return issuer, nil
}

// staffSecret is the variable that holds what this service proves itself with at the
// sign-in service of staff.
const staffSecret = "NARU_STAFF_SECRET" //nolint:gosec // the name of it

// staffDoor is the agency's sign-in service for staff, nil where there is none.
func (h *host) staffDoor(ctx context.Context, public string) (*proof.StaffDoor, error) {
	if h.staffIssuer == "" {
		return nil, nil
	}
	o := proof.OIDCOptions{
		Issuer: h.staffIssuer, ClientID: h.staffClient, Secret: os.Getenv(staffSecret), Return: public + web.StaffBackPath, Now: h.env.Now,
	}
	if o.Issuer == identity.Development {
		var err error
		if o.Issuer, err = h.startMock(ctx, "staff", "기관 로그인 / Agency sign-in", o.ClientID, o.Return); err != nil {
			return nil, err
		}
	} else if u, err := url.Parse(o.Issuer); err != nil || u.Host == "" || u.Scheme != "https" && !h.development {
		return nil, usage(fmt.Errorf("--staff-issuer %s: write the address of the sign-in service, for example https://login.agency.example", o.Issuer))
	}
	return proof.NewStaffDoor(o), nil
}

// publicURL is the address under which people reach this service: what the
// operator says, or in development this machine.
func (h *host) publicURL(l net.Listener) (string, error) {
	if h.public == "" {
		_, port, err := net.SplitHostPort(l.Addr().String())
		return "http://localhost:" + port, err
	}
	u, err := url.Parse(h.public)
	if err != nil || u.Scheme != "https" && !h.development || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", usage(fmt.Errorf("--public %s: write the address people use, for example https://booking.example", h.public))
	}
	return u.Scheme + "://" + u.Host, nil
}

// lights are those of the desk once it is open; before, nobody has looked.
func (h *host) lights() map[identity.ID]identity.Light {
	if d := h.desk.Load(); d != nil {
		return d.Lights()
	}
	return nil
}
