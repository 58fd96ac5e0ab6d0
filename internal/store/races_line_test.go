package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/store"
)

// One claim joins on two nodes at once, again and again: one ticket.
func TestRaceOfJoinsOfOneClaim(t *testing.T) { onBoth(t, testRaceOfJoinsOfOneClaim) } // rule G1

func testRaceOfJoinsOfOneClaim(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	nodes := h.nodes()
	const people = 40
	for n := range people {
		c := h.citizen(n)
		var tickets [6]gate.Ticket
		var errs [6]error
		var wg sync.WaitGroup
		for i := range tickets {
			wg.Go(func() { _, tickets[i], errs[i] = nodes[i%len(nodes)].Join(context.Background(), campaignID, c.claim) })
		}
		wg.Wait()
		must(t, errors.Join(errs[:]...))
		for _, x := range tickets {
			if x != tickets[0] {
				t.Fatalf("one claim has the tickets %+v and %+v", tickets[0], x)
			}
		}
	}
	if r := h.sound(); r.Joined != people {
		t.Errorf("%d tickets for %d claims", r.Joined, people)
	}
}

// Who comes late gets a number of their own, whatever the node.
func TestRaceOfLateNumbers(t *testing.T) { onBoth(t, testRaceOfLateNumbers) } // rule G5

func testRaceOfLateNumbers(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	nodes := h.nodes()
	const people = 400
	numbers := make([]uint64, people)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < people; i = int(next.Add(1)) - 1 {
				_, ticket, err := nodes[i%len(nodes)].Join(context.Background(), campaignID, h.citizen(i).claim)
				if err != nil || ticket.Kind != gate.Late {
					t.Errorf("person %d: %+v, %v", i, ticket, err)
				}
				numbers[i] = ticket.Number
			}
		})
	}
	wg.Wait()
	slices.Sort(numbers)
	if all := len(slices.Compact(slices.Clone(numbers))); all != people {
		t.Errorf("%d people have %d numbers", people, all)
	}
	h.sound()
}

// The leader closes the lobby while people join on another node: who was told
// "in the lobby" is in the roll, and nobody comes into it afterwards.
func TestRaceOfTheClosingLobby(t *testing.T) { onBoth(t, testRaceOfTheClosingLobby) } // rule G5

func testRaceOfTheClosingLobby(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouseOf(t, t.TempDir(), tinyFiles(t))
	h.lead(1)
	nodes := h.nodes()
	door := nodes[len(nodes)-1]
	var joined, next atomic.Int64
	enough := make(chan struct{})
	var once sync.Once
	stop := func() { once.Do(func() { close(enough) }) }
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			defer stop()
			for {
				i := int(next.Add(1))
				_, ticket, err := door.Join(ctx, campaignID, h.citizen(i).claim)
				if err != nil {
					if code := fault.CodeOf(err); code != fault.NotOpen && code != fault.Wait {
						t.Errorf("person %d: %v", i, err)
					}
					return // the lobby is closed
				}
				if i > 20_000 {
					t.Error("the lobby does not close")
					return
				}
				if ticket.Kind != gate.Lobby {
					return // late: so is everybody from now on
				}
				if joined.Add(1) == 100 {
					stop()
				}
			}
		})
	}
	<-enough
	h.clock.Add(opening.Sub(h.clock.Now()) - time.Minute)
	h.lead(2) // closed, roll
	wg.Wait()
	inRoll, inTable, err := store.LobbyOf(ctx, h.dir, h.db)
	must(t, err)
	if int64(inRoll) != joined.Load() || inTable != inRoll {
		t.Errorf("%d were told that they are in the lobby, %d are in the table, %d in the roll", joined.Load(), inTable, inRoll)
	}
	h.clock.Add(time.Minute)
	h.lead(3)
	h.sound()
}
