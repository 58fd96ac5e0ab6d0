package e2e

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // locks the server's databases as another program would
)

// The database is taken away while people wait: every page still says where
// they stand, what cannot be done is an apology with the next step, nobody
// loses a place, and it goes on when the database is back (R1; rule W13).
func TestPagesAreServedWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	d := phone(t)
	v := waiting(t, d, citizen(50))
	place := data(v, "place")
	release := seize(t, filepath.Join(v.server.data, "gate.db"))
	releaseBooking := seize(t, filepath.Join(v.server.data, "booking.db"))

	until(t, patience, "the waiting page says that the line stands still", func() bool {
		v.open(v.step("/wait"))
		return has(v, `#stale:not([hidden])`)
	})
	shows(v, `#stale`, "모든 분의 자리는 그대로")
	if again := data(v, "place"); again != place {
		t.Errorf("the place went from %s to %s", place, again)
	}
	v.open(v.at("/"))
	shows(v, "h1", "예방접종을 예약하세요")
	v.open(v.at("/notice"))
	shows(v, "main", "자리는 그대로")

	other := visit{device: phone(t), server: v.server, who: citizen(51)}
	other.open(other.step(""))
	other.claims()
	other.click(`#f-consent`)
	other.press(`form[action$="/join"] button`)
	shows(other, "h1", "죄송합니다. 잠시 멈췄습니다")
	shows(other, "main", "없어지지 않습니다", "1339")
	english := visit{device: phone(t), server: v.server, who: citizen(52), prefix: "/en"}
	english.open(english.step(""))
	english.claims()
	english.click(`#f-consent`)
	english.press(`form[action$="/join"] button`)
	shows(english, "h1", "We are sorry")
	inspect(english, "apology")
	inspect(other, "apology")

	release()
	releaseBooking()
	until(t, patience, "people can join again", func() bool {
		other.joins()
		return data(other, "ticket") != ""
	})
	if answer, err := http.Get(v.server.url + "/readyz"); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("readyz after the database came back: %v %v", answer, err)
	}
}

// seize takes the write lock of a database, as a stuck back-up would, until the
// function it returns is called.
func seize(t *testing.T, file string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_txlock=exclusive&_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatalf("lock %s: %v", file, err)
	}
	return func() { _ = tx.Rollback() }
}
