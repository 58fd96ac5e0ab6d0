package web

import (
	"testing"
	"time"
)

// Who asks while the files are made gets the last ones, and waits for the next when
// those are too old for anybody.
func TestTheFilesAreMadeByOne(t *testing.T) { // rule X7
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	f := &feed{source: NewResources(h.store, h.opts.Agency, "https://booking.example"), now: h.clock.Now}
	first, err := f.edition()
	must(t, err)
	f.making.Lock() // somebody is at it
	h.clock.Add(feedEvery + time.Second)
	if e, err := f.edition(); err != nil || e != first {
		t.Fatalf("the last edition is not given out: %v", err)
	}
	h.clock.Add(feedLongest - feedEvery)
	waiting := make(chan *edition)
	go func() { e, _ := f.edition(); waiting <- e }()
	select {
	case e := <-waiting:
		t.Fatalf("files of %s are given out at %s", e.made, h.clock.Now())
	case <-time.After(50 * time.Millisecond):
	}
	f.making.Unlock()
	next := <-waiting
	if next == nil || next == first || next.asOf.Equal(first.asOf) {
		t.Fatal("no new edition was made")
	}
	for i, file := range next.files {
		if file != first.files[i] {
			t.Errorf("%s was written again from the same facts", file.name)
		}
	}
}
