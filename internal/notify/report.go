package notify

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"

	"naru/internal/fault"
	"naru/internal/message"
	"naru/internal/store"
)

// Headers of a report, and bounds.
const (
	ReportTime      = "Naru-Timestamp" // unix seconds
	ReportSignature = "Naru-Signature" // "v1=" and the HMAC-SHA-256 in hex
	ReportMost      = 64 << 10         // bytes of a body
	reportWindow    = 5 * time.Minute  // how far a report's time may be from ours
	reportsAtOnce   = 200
)

// Sign is what a provider puts into ReportSignature: the HMAC-SHA-256 over the
// timestamp, a full stop, and the body.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(timestamp + "."))
	_, _ = mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// reports is the body: {"reports": [{"id", "state": "delivered" or "failed", "cause"}]}.
type reports struct {
	Reports []struct {
		ID    string `json:"id"`
		State string `json:"state"`
		Cause string `json:"cause"`
	} `json:"reports"`
}

// ParseReports reads a provider's report of the last five minutes that is signed with
// the secret (rule M7). Codes: Unauthenticated (signature or time), Malformed.
func ParseReports(secret, timestamp, signature string, body []byte, now time.Time) ([]store.Delivery, error) {
	at, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || secret == "" || !hmac.Equal([]byte(Sign(secret, timestamp, body)), []byte(signature)) {
		return nil, fault.New(fault.Unauthenticated, "messages.not_signed")
	}
	if now.Sub(time.Unix(at, 0)).Abs() > reportWindow {
		return nil, fault.New(fault.Unauthenticated, "messages.report_old")
	}
	var in reports
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, fault.Wrap(fault.Malformed, "messages.report_bad", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || len(in.Reports) == 0 || len(in.Reports) > reportsAtOnce {
		return nil, fault.New(fault.Malformed, "messages.report_bad")
	}
	all := make([]store.Delivery, 0, len(in.Reports))
	for _, r := range in.Reports {
		_, ok := message.BucketOf(r.ID)
		if !ok || r.State != "delivered" && r.State != "failed" || r.Cause != "" && !causeForm.MatchString(r.Cause) {
			return nil, fault.New(fault.Malformed, "messages.report_bad")
		}
		all = append(all, store.Delivery{ID: r.ID, Arrived: r.State == "delivered", Cause: r.Cause})
	}
	return all, nil
}
