package campaign_test

import (
	"testing"
	"time"

	"naru/internal/caldate"
	"naru/internal/campaign"
)

func TestWhoMayBook(t *testing.T) { // rule C14
	t.Parallel()
	c := example(t, korea(t), "2021-08-09.yaml")
	for _, l := range []struct {
		now    string
		groups int
		digit  int // -1: every day of birth
		next   string
	}{
		{"2021-08-09 19:59:59", 0, -1, "2021-08-09 20:00:00"},
		{"2021-08-09 20:00:00", 1, 9, "2021-08-10 20:00:00"},
		{"2021-08-10 02:00:00", 1, 9, "2021-08-10 20:00:00"},
		{"2021-08-10 18:00:00", 0, -1, "2021-08-10 20:00:00"},
		{"2021-08-10 20:00:00", 1, 0, "2021-08-11 20:00:00"},
		{"2021-08-21 20:00:00", 1, -1, ""},
		{"2021-09-18 18:00:00", 0, -1, ""},
	} {
		now := at(t, c.Zone, l.now)
		groups := c.WhoMayBook(now)
		if len(groups) != l.groups {
			t.Errorf("at %s: %d groups, want %d", l.now, len(groups), l.groups)
			continue
		}
		if l.groups == 1 && (l.digit < 0 && groups[0].Digit != nil || l.digit >= 0 && (groups[0].Digit == nil || *groups[0].Digit != l.digit)) {
			t.Errorf("at %s: %+v, want digit %d", l.now, groups[0], l.digit)
		}
		next, ok := c.NextWindow(now)
		if ok != (l.next != "") || !next.Opens.Equal(at(t, c.Zone, l.next)) {
			t.Errorf("at %s: next opening %s, want %q", l.now, next.Opens, l.next)
		}
	}
	if !c.OpeningAt().Equal(at(t, c.Zone, "2021-08-09 20:00:00")) || !c.ClosesAt().Equal(at(t, c.Zone, "2021-09-18 18:00:00")) {
		t.Errorf("the campaign is %s to %s", c.OpeningAt(), c.ClosesAt())
	}
}

func TestShift(t *testing.T) { // rule C17
	t.Parallel()
	c := example(t, korea(t), "2021-08-09.yaml")
	before := *c
	opening := time.Date(2030, 2, 28, 3, 17, 5, 0, time.UTC) // 12:17:05 in Seoul
	moved := c.Shift(opening)
	if !moved.OpeningAt().Equal(opening) || moved.Shifted != opening.Sub(c.OpeningAt()) || !c.OpeningAt().Equal(before.OpeningAt()) || c.Shifted != 0 {
		t.Errorf("shifted to %s by %s", moved.OpeningAt(), moved.Shifted)
	}
	for i, w := range moved.Windows {
		old := c.Windows[i]
		if w.Closes.Sub(w.Opens) != old.Closes.Sub(old.Opens) || w.Opens.Sub(opening) != old.Opens.Sub(c.OpeningAt()) || w.Rotation != old.Rotation {
			t.Errorf("window %s became %+v", old.Name, w)
		}
	}
	if d := moved.Eligible(campaign.Facts{Born: caldate.MustParse("1990-05-09")}, opening); !d.OK {
		t.Errorf("the digit 9 of the first window was lost: %+v", d)
	}
	if days := caldate.Of(opening, c.Zone).DaysUntil(moved.Shots.First); days != 17 || moved.Shots.First.DaysUntil(moved.Shots.Last) != c.Shots.First.DaysUntil(c.Shots.Last) {
		t.Errorf("the shots moved to %v, %d days after the opening", moved.Shots, days)
	}
	if back := moved.Shift(c.OpeningAt()); back.Shifted != 0 || !back.OpeningAt().Equal(c.OpeningAt()) || back.Shots != c.Shots {
		t.Errorf("shifting back gave %+v", back)
	}
}

func TestShiftKeepsTheFirstShotAfterTheOpening(t *testing.T) { // rule C17
	t.Parallel()
	for _, c := range []*campaign.Campaign{example(t, korea(t), "2021-07-12.yaml"), example(t, ferrania(t), "second-country.yaml")} {
		for hour := range 24 * 400 {
			opening := time.Date(2026, 1, 1, hour, 30, 0, 0, time.UTC)
			if m := c.Shift(opening); !caldate.Of(opening, c.Zone).Before(m.Shots.First) {
				t.Fatalf("%s opens at %s, first shot on %s", c.ID, opening.In(c.Zone), m.Shots.First)
			}
		}
	}
}

func TestShiftMovesTheBeacon(t *testing.T) { // rule C17
	t.Parallel()
	c := example(t, ferrania(t), "second-country.yaml")
	m := c.Shift(c.OpeningAt().Add(90 * time.Minute))
	if m.Draw.RoundAt.Sub(c.Draw.RoundAt) != 90*time.Minute {
		t.Errorf("the beacon is at %s", m.Draw.RoundAt)
	}
}
