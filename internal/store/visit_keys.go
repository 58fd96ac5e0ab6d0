package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/visit"
)

// DayKeys are the public keys of today and of the days ahead, and of yesterday for codes
// that were made before midnight, in the order of days.
func (s *Store) DayKeys(ctx context.Context) ([]visit.DayKey, error) {
	today := caldate.Of(s.now(), s.opts.Agency.Zone)
	var all []visit.DayKey
	err := s.readRegister(ctx, `SELECT custodian, day, public FROM visit_key WHERE day >= $1 AND day <= $2 ORDER BY day, custodian DESC`,
		[]any{int32(dateDay(today.AddDays(-1))), int32(dateDay(today.AddDays(visit.AheadDays)))}, func(scan func(...any) error) error {
			var k visit.DayKey
			var day int32
			if err := scan(&k.Custodian, &day, &k.Public); err != nil {
				return err
			}
			k.Day, _ = visit.DayOf(dayDate(day))
			all = append(all, k)
			return nil
		})
	return all, err
}

// PublishDayKeys makes custodians' public keys known. A key that is known for a day stays:
// what was sealed to it could not be opened with another. Code Conflict.
func (s *Store) PublishDayKeys(ctx context.Context, keys []visit.DayKey) error {
	var refusal error
	err := s.inRegister(ctx, func(h *visitHouse) error {
		refusal = nil
		for _, k := range keys {
			day := int32(dateDay(k.Day.Date()))
			var before []byte
			found, err := h.Row(`SELECT public FROM visit_key WHERE custodian = $1 AND day = $2`, []any{string(k.Custodian), day}, &before)
			if err != nil {
				return err
			}
			if found && !bytes.Equal(before, k.Public) {
				refusal = fault.New(fault.Conflict, "visit.key_changed").With("Day", k.Day.Date())
				return nil
			}
		}
		for _, k := range keys {
			if _, err := h.Exec(`INSERT INTO visit_key (custodian, day, public) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
				string(k.Custodian), int32(dateDay(k.Day.Date())), k.Public); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, refusal)
}

// CustodianFolder is where a custodian's public keys are put down for the register. On
// the machine of a trial the private keys are beside them; else they never come here.
func CustodianFolder(dir string, c visit.Custodian) string {
	return filepath.Join(dir, "custodian-"+string(c))
}

// followDayKeys takes in the public keys that lie in the data folder and are not over.
func (s *Store) followDayKeys(ctx context.Context) error {
	today, _ := visit.DayOf(caldate.Of(s.now(), s.opts.Agency.Zone))
	for _, c := range []visit.Custodian{visit.Outer, visit.Inner} {
		text, err := os.ReadFile(filepath.Join(CustodianFolder(s.opts.Dir, c), visit.PublicFile))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		keys, err := visit.ParseDayKeys(text, c)
		if err != nil {
			return err
		}
		from, to := visit.Span(today)
		var live []visit.DayKey
		for _, k := range keys {
			if k.Day >= from && k.Day <= to {
				live = append(live, k)
			}
		}
		if err := s.PublishDayKeys(ctx, live); err != nil {
			return err
		}
	}
	return nil
}
