// Package witness keeps the audit's signed heads outside the databases: in a file that
// is only added to, or at another service.
//
// It promises that a head which was taken is on disk, or was acknowledged by the
// service. It judges nothing: whoever verifies checks the signatures. Rule S16 in
// docs/rules/staff.md.
package witness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"naru/internal/audit"
)

// Keeper takes heads.
type Keeper interface {
	Take(ctx context.Context, head []byte) error
}

// New makes a witness of an address (http or https) or of a file's path.
func New(target string) (Keeper, error) {
	if u, err := url.Parse(target); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		if u.Host == "" {
			return nil, fmt.Errorf("witness %s: the address names no host", target)
		}
		return service{target, &http.Client{Timeout: 10 * time.Second}}, nil
	}
	f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	return file(target), f.Close()
}

// file is a path. It is opened for each head, so that it may be moved away and begun
// anew.
type file string

// Take adds a line and returns when it is on disk.
func (f file) Take(_ context.Context, head []byte) error {
	to, err := os.OpenFile(string(f), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = to.Write(append(bytes.Clone(head), '\n'))
	return errors.Join(err, to.Sync(), to.Close())
}

// service is another service, which takes a head with POST.
type service struct {
	address string
	client  *http.Client
}

// Take sends a head; any status of 200 to 299 says that it is kept.
func (s service) Take(ctx context.Context, head []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address, bytes.NewReader(head))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // nothing of it is read
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

// maxLine bounds a line of a witness's file, in bytes.
const maxLine = 4 << 10

// Read reads the heads of a file. A last line without an end is one that was being
// written, and is left out.
func Read(from io.Reader) ([]audit.Signed, error) {
	var all []audit.Signed
	lines := bufio.NewReaderSize(from, maxLine)
	for n := 1; ; n++ {
		text, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		var head audit.Signed
		if err := json.Unmarshal(text, &head); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, head)
	}
}
