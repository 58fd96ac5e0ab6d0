package drill

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"naru/internal/store"
)

// A database nobody tampered with is clean; each thing that must never be is
// put in by hand, past every check, and has to be counted.
func TestCountFindsWhatMustNeverBe(t *testing.T) {
	t.Parallel()
	const ticket, slot = "x'11'", "INSERT INTO slot VALUES (1, 'c', 100, 1, 1);"
	reservation := func(person, hold, number, state string) string {
		return "INSERT INTO reservation (bucket, person_id, disease, dose, hold_id, number, campaign, ticket_id, clinic_id, start, state, due, expires_at, created_at)" +
			" VALUES (1, '" + person + "', 'd', 1, '" + hold + "', '" + number + "', 'k', " + ticket + ", 'c', 100, '" + state + "', '" + state + "' <> 'booked', 0, 0);"
	}
	hold := func(id string) string { return "INSERT INTO hold VALUES ('" + id + "', 1, 1, 'c', 100);" }
	joined := "INSERT INTO gate.ticket VALUES (1, 'k', x'22', " + ticket + ", 1, 0, 0, 0);"
	admitted := joined + "INSERT INTO gate.admitted (bucket, campaign, ticket_id, lane, place, serving, entry, at) VALUES (1, 'k', " + ticket + ", 'web', 4, 5, 1, 0);"
	one := slot + reservation("p", "h", "N1", "booked") + hold("h") + admitted
	for what, c := range map[string]struct {
		sql   string
		acks  []string
		of    func(counts) int
		clean bool
	}{
		"nothing":             {"", nil, all, true},
		"one good booking":    {one, []string{"N1"}, all, true},
		"oversold":            {one + reservation("q", "i", "N2", "booked") + hold("i"), nil, func(c counts) int { return c.Oversold }, false},
		"double booked":       {"DROP INDEX reservation_live;" + one + reservation("p", "i", "N2", "pending"), nil, func(c counts) int { return c.DoubleBooked }, false},
		"lost ack: no row":    {one, []string{"N1", "N9"}, func(c counts) int { return c.LostAcks }, false},
		"lost ack: pending":   {slot + reservation("p", "h", "N1", "pending") + hold("h") + admitted, []string{"N1"}, func(c counts) int { return c.LostAcks }, false},
		"no place behind it":  {reservation("p", "h", "N1", "booked") + admitted, []string{"N1"}, func(c counts) int { return c.Unbacked }, false},
		"place nobody holds":  {slot + hold("h"), nil, func(c counts) int { return c.Orphaned }, false},
		"miscounted":          {"INSERT INTO slot VALUES (1, 'c', 100, 5, 2);", nil, func(c counts) int { return c.Miscounted }, false},
		"no admission":        {slot + reservation("p", "h", "N1", "booked") + hold("h"), []string{"N1"}, func(c counts) int { return c.Bypasses }, false},
		"nobody's ticket":     {one + "DELETE FROM gate.ticket;", nil, func(c counts) int { return c.Jumped }, false},
		"jumped":              {joined + "INSERT INTO gate.admitted (bucket, campaign, ticket_id, lane, place, serving, entry, at) VALUES (1, 'k', " + ticket + ", 'web', 5, 5, 1, 0);", nil, func(c counts) int { return c.Jumped }, false},
		"late number twice":   {lateTicket("1") + lateTicket("2"), nil, func(c counts) int { return c.LostPlaces }, false},
		"admitted, no ticket": {"INSERT INTO gate.admission (bucket, campaign, ticket_id, lane, place, state, turn_at, session_id, proven, proven_at, started_at, person_id, browser, expires_at, challenger_id, challenger_expires, entries) VALUES (1, 'k', " + ticket + ", 'web', 1, 'live', 0, x'', 0, 0, 0, '', x'', 0, x'', 0, 1);", nil, func(c counts) int { return c.LostPlaces }, false},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dir := emptyHouse(t)
			doctor(t, dir, c.sql)
			got, err := count(t.Context(), dir, "", c.acks)
			must(t, err)
			got.More = store.More{} // what else the check looks at is tested with it; these rows are made by hand
			if n := c.of(got); (n == 0) != c.clean {
				t.Errorf("counted %d: %+v", n, got)
			}
		})
	}
}

// all is every counter together.
func all(c counts) int {
	if c.Sound() {
		return c.LostAcks
	}
	return 1
}

func lateTicket(id string) string {
	return "INSERT INTO gate.ticket VALUES (1, 'k', x'0" + id + "', x'0" + id + "', 2, 7, 0, 0);"
}

// emptyHouse is the databases as a server makes them.
func emptyHouse(t *testing.T) string {
	t.Helper()
	a, _, _ := july(t)
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Now: time.Now, Agency: a, Fatal: func(err error) { panic(err) }})
	must(t, err)
	must(t, s.Close())
	return dir
}

func doctor(t *testing.T, dir, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "booking.db"))
	must(t, err)
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(t.Context(), "ATTACH DATABASE '"+filepath.Join(dir, "gate.db")+"' AS gate;"+text)
	must(t, err)
	must(t, db.Close())
}

func TestCountNeedsTheDatabases(t *testing.T) {
	t.Parallel()
	if _, err := count(t.Context(), filepath.Join(t.TempDir(), "none"), "", nil); err == nil {
		t.Error("a folder without databases was counted")
	}
}
