// Package custodian keeps one custodian's private keys of days in a folder of its own,
// which in production is on a machine of its own: one file a day, made 35 days ahead and
// destroyed on day 29 with its backups.
//
// It promises that a key which is over is in no file it knows of, that a key is never
// made twice, and that every opening is written down before it happens. It never sees
// the other custodian's keys, nor the register. Rules V4 and V11.
package custodian

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"naru/internal/visit"
)

// Folder is a custodian's folder. Nobody else may read it.
type Folder struct {
	Dir     string
	As      visit.Custodian
	Backups []string // folders with copies of it, in which keys are destroyed as well
}

// keyName is the file of a day's private key.
func keyName(d visit.Day) string { return "day-" + d.Date().String() + ".key" }

// Keep makes the keys that are missing from yesterday to 35 days ahead, destroys those
// that are over, here and in the backups, and writes the public ones beside them.
func (f Folder) Keep(today visit.Day) ([]visit.DayKey, error) {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return nil, err
	}
	for _, dir := range append([]string{f.Dir}, f.Backups...) {
		if err := destroyBefore(dir, today); err != nil {
			return nil, fmt.Errorf("destroy keys in %s: %w", dir, err)
		}
	}
	_, to := visit.Span(today)
	var keys []visit.DayKey
	for day := today - min(today, 1); day <= to; day++ {
		k, err := f.key(day)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	text, err := visit.MarshalDayKeys(keys)
	if err != nil {
		return nil, err
	}
	return keys, replace(filepath.Join(f.Dir, visit.PublicFile), text)
}

// key is the public key of a day, whose private one is made when it is not there.
func (f Folder) key(day visit.Day) (visit.DayKey, error) {
	private, err := f.private(day)
	if err != nil {
		return visit.DayKey{}, err
	}
	if private != nil {
		return visit.PublicOf(f.As, day, private)
	}
	private, public, err := visit.NewDayKey(f.As, day)
	if err != nil {
		return visit.DayKey{}, err
	}
	return public, replace(filepath.Join(f.Dir, keyName(day)), []byte(hex.EncodeToString(private)+"\n"))
}

// private reads a day's key; nil when there is none.
func (f Folder) private(day visit.Day) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(f.Dir, keyName(day)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("key %s is not 64 hexadecimal digits", keyName(day))
	}
	return key, nil
}

// Open takes a case file one stage further. What is opened, why and when stands in
// opened.log before it is.
func (f Folder) Open(file visit.CaseFile, now time.Time, today visit.Day) (visit.CaseFile, error) {
	if err := destroyBefore(f.Dir, today); err != nil { // a key that is over opens nothing, also when nobody came to destroy it
		return visit.CaseFile{}, err
	}
	if err := f.note(file, now); err != nil {
		return visit.CaseFile{}, fmt.Errorf("write opened.log: %w", err)
	}
	return file.Open(f.As, f.private)
}

// note is durable before anything is opened.
func (f Folder) note(file visit.CaseFile, now time.Time) error {
	line, err := json.Marshal(map[string]any{
		"at": now.UTC(), "case": file.Number, "id": file.ID, "facility": file.Facility, "from": file.From, "to": file.To,
		"reason": file.Reason, "visits": len(file.Items), "stage": file.Stage,
	})
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(f.Dir, "opened.log"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = log.Write(append(line, '\n'))
	return errors.Join(err, log.Sync(), log.Close())
}
