//go:build js && wasm

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"time"

	"naru/internal/credential"
	"naru/internal/entry"
	"naru/internal/incident"
	"naru/internal/pass"
	"naru/internal/rule"
)

type interim struct {
	Version   uint64          `json:"version"`
	Issued    time.Time       `json:"issued"`
	GoodUntil time.Time       `json:"good_until"`
	Trust     json.RawMessage `json:"trust"`
	Rules     json.RawMessage `json:"rules"`
	Modes     []incident.Mode `json:"modes"`
}

func open(file, key []byte, floor uint64) (interim, *entry.Known, error) {
	var b interim
	z, err := gzip.NewReader(bytes.NewReader(file[68:]))
	if err != nil {
		return b, nil, err
	}
	raw, _ := io.ReadAll(z)
	if err := json.Unmarshal(raw, &b); err != nil {
		return b, nil, err
	}
	t, _, err := credential.ParseBundle(b.Trust)
	if err != nil {
		return b, nil, err
	}
	s, err := rule.Read(b.Rules)
	if err != nil {
		return b, nil, err
	}
	return b, &entry.Known{Version: b.Version, Issued: b.Issued, Passes: pass.NewTrust(time.Time{}, nil, nil, nil), Trust: t, Rules: s, Modes: b.Modes}, nil
}
