package mock

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// reportWithin bounds one report.
const reportWithin = 5 * time.Second

// Reporter sends signed reports to an address: what Provider.Reports may be. sign is
// given the timestamp and the body and makes the signature. A report that is not taken
// is lost: a real provider would repeat it.
func Reporter(address string, now func() time.Time, sign func(timestamp string, body []byte) string) func(id string, arrived bool) {
	client := &http.Client{Timeout: reportWithin}
	return func(id string, arrived bool) {
		go func() { _ = report(client, address, now(), sign, id, arrived) }()
	}
}

func report(client *http.Client, address string, now time.Time, sign func(string, []byte) string, id string, arrived bool) error {
	one := map[string]string{"id": id, "state": "delivered"}
	if !arrived {
		one["state"], one["cause"] = "failed", "phone_off"
	}
	body, err := json.Marshal(map[string]any{"reports": []any{one}})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(now.Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Naru-Timestamp", at)
	r.Header.Set("Naru-Signature", sign(at, body))
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
