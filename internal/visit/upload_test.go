package visit_test

import (
	"testing"
	"time"

	"naru/internal/visit"
)

// Scanners that were cut off together come back over a span as long as the shortest pause.
func TestUploadsAreSpread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		busy        bool
		least, most time.Duration
	}{{false, time.Minute, 2 * time.Minute}, {true, 10 * time.Minute, 20 * time.Minute}} {
		if got := visit.UploadAfter(c.busy, 0); got != c.least {
			t.Errorf("busy %v: at least %v, want %v", c.busy, got, c.least)
		}
		if got := visit.UploadAfter(c.busy, 0.999); got < c.most-2*time.Second || got >= c.most {
			t.Errorf("busy %v: at most %v, want %v", c.busy, got, c.most)
		}
	}
}
