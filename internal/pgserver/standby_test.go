package pgserver

import (
	"context"
	"errors"
	"strconv"
	"syscall"
	"testing"
	"time"
)

func TestPromotedStandbyHasWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	primary := start(t, map[string]string{"work_mem": "5MB"})
	must(t, primary.Create(t.Context(), "clinic", ""))
	execute(t, primary.URL("clinic"), "CREATE TABLE seat (person int)")
	standby := follow(t, primary)

	execute(t, primary.URL("clinic"), "INSERT INTO seat SELECT generate_series(1, 100)")
	must(t, primary.Kill())
	must(t, standby.Promote(t.Context()))
	same(t, "acknowledged rows", value(t, standby.URL("clinic"), "SELECT count(*)::text FROM seat"), "100")
	same(t, "settings of the primary", value(t, standby.URL("clinic"), "SHOW work_mem"), "5MB")
	execute(t, standby.URL("clinic"), "INSERT INTO seat VALUES (101)")

	third := follow(t, standby)
	execute(t, standby.URL("clinic"), "INSERT INTO seat VALUES (102)")
	must(t, standby.Kill())
	must(t, third.Promote(t.Context()))
	same(t, "after a second fail-over", value(t, third.URL("clinic"), "SELECT count(*)::text FROM seat"), "102")
}

// The view says "sync" a moment before commits wait; a commit in between would be
// answered and lost with the primary.
func TestStandbyIsNotReadyBeforeCommitsWait(t *testing.T) {
	t.Parallel()
	primary := start(t, nil)
	standby, err := primary.follow(t.Context(), Options{Dir: folder(t)})
	must(t, err)
	stopAtTheEnd(t, standby)
	checkpointer, err := strconv.Atoi(value(t, primary.URL("postgres"),
		"SELECT pid::text FROM pg_stat_activity WHERE backend_type = 'checkpointer'"))
	must(t, err)

	must(t, signal(checkpointer, syscall.SIGSTOP))
	late, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := primary.waitFor(late, standbyName); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it was called ready while the checkpointer slept: %v", err)
	}
	same(t, "what the view says", value(t, primary.URL("postgres"), "SELECT sync_state FROM pg_stat_replication"), "sync")
	must(t, signal(checkpointer, syscall.SIGCONT))
	must(t, primary.waitFor(t.Context(), standbyName))
}

func follow(t *testing.T, primary *Server) *Server {
	t.Helper()
	s, err := primary.Standby(t.Context(), Options{Dir: folder(t)})
	must(t, err)
	stopAtTheEnd(t, s)
	return s
}

func TestPrimaryWaitsForItsStandby(t *testing.T) {
	t.Parallel()
	primary := start(t, nil)
	execute(t, primary.URL("postgres"), "CREATE TABLE seat (person int)")
	standby := follow(t, primary)
	must(t, standby.Pause())

	late, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := open(t, primary.URL("postgres")).Exec(late, "INSERT INTO seat VALUES (1)")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a commit was answered while the standby stood still: %v", err)
	}
	must(t, standby.Resume())
	execute(t, primary.URL("postgres"), "INSERT INTO seat VALUES (2)")

	if _, err := primary.Standby(t.Context(), Options{Dir: standby.dir}); err == nil {
		t.Error("a standby took the folder of another")
	}
	if err := primary.Promote(t.Context()); err == nil {
		t.Error("a primary was promoted")
	}
	same(t, "a primary that was asked to promote waits still",
		value(t, primary.URL("postgres"), "SHOW synchronous_standby_names"), "standby")

	// A copy of a primary that waits would wait as well.
	must(t, standby.Stop())
	second := follow(t, primary)
	must(t, primary.Kill())
	must(t, second.Promote(t.Context()))
	execute(t, second.URL("postgres"), "INSERT INTO seat VALUES (3)")
}
