package web

import (
	"context"
	"testing"
	"time"

	"naru/internal/fault"
)

// Who finds all places taken is told to come back, and a place that is left is free
// (rule T65).
func TestFewPDFsAreDrawnAtOnce(t *testing.T) {
	t.Parallel()
	b := make(bound, drawers)
	for range drawers {
		if err := b.take(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.take(t.Context(), time.Millisecond); fault.CodeOf(err) != fault.TooMany {
		t.Errorf("with all places taken: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.take(gone, time.Minute); err == nil {
		t.Error("somebody who left got a place")
	}
	b.leave()
	if err := b.take(t.Context(), time.Minute); err != nil {
		t.Error(err)
	}
}
