package gate

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestServingMovesInBoundedSteps(t *testing.T) {
	t.Parallel()
	base := Serving{Phase: Open, Serving: 100, End: 1000, Rate: 10, Elapsed: time.Second, Cap: 50, ProofShare: 1}
	for _, c := range []struct {
		why    string
		change func(*Serving)
		want   uint64
		carry  float64
	}{
		{"rate for one second", func(*Serving) {}, 110, 0},
		{"a fraction is carried", func(s *Serving) { s.Rate = 0.4; s.Carry = 0.5 }, 100, 0.9},
		{"the carry completes a place", func(s *Serving) { s.Rate = 0.5; s.Carry = 0.5 }, 101, 0},
		{"the free seats bound it", func(s *Serving) { s.Live = 44 }, 106, 0},
		{"turns take free seats", func(s *Serving) { s.Live, s.Turns = 40, 7 }, 103, 0},
		{"those called and not here yet too", func(s *Serving) { s.Live, s.Turns, s.Awaited = 40, 5, 5 }, 100, 0},
		{"over the cap", func(s *Serving) { s.Live = 70 }, 100, 0},
		{"the end of the line", func(s *Serving) { s.End = 104 }, 104, 0},
		{"already beyond the end", func(s *Serving) { s.End = 10 }, 100, 0},
		{"half of the proofs can be carried", func(s *Serving) { s.ProofShare = 0.5 }, 105, 0},
		{"no provider answers", func(s *Serving) { s.ProofShare = 0 }, 100, 0},
		{"a share that is no number", func(s *Serving) { s.ProofShare = math.NaN() }, 100, 0},
		{"cap 0", func(s *Serving) { s.Cap = 0 }, 100, 0},
		{"paused", func(s *Serving) { s.Paused = true }, 100, 0},
		{"not open yet", func(s *Serving) { s.Phase = HeldDraw }, 100, 0},
		{"ended", func(s *Serving) { s.Phase = Ended }, 100, 0},
		{"rate 0", func(s *Serving) { s.Rate = 0 }, 100, 0},
		{"rate is not a number", func(s *Serving) { s.Rate = math.NaN() }, 100, 0},
		{"infinite rate", func(s *Serving) { s.Rate = math.Inf(1) }, 150, 0},
		{"clock went back", func(s *Serving) { s.Elapsed = -time.Hour }, 100, 0},
		{"no catching up after a silence", func(s *Serving) { s.Elapsed = time.Hour; s.Cap = 1000 }, 150, 0},
		{"no hoarded carry", func(s *Serving) { s.Carry = 500 }, 111, 0},
	} {
		s := base
		c.change(&s)
		got, carry := NextServing(s)
		if got != c.want || math.Abs(carry-c.carry) > 1e-9 {
			t.Errorf("%s: %d carry %v, want %d carry %v", c.why, got, carry, c.want, c.carry)
		}
	}
}

func TestServingNeverGoesBackNorBeyondTheFreeSeats(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := Serving{
			Phase: Open, Paused: rapid.Bool().Draw(t, "paused"),
			Serving: rapid.Uint64Range(0, 2000).Draw(t, "serving"), End: rapid.Uint64Range(0, 2000).Draw(t, "end"),
			Rate: rapid.Float64Range(-1, 1e6).Draw(t, "rate"), Carry: rapid.Float64Range(-2, 2).Draw(t, "carry"),
			Elapsed: time.Duration(rapid.Int64().Draw(t, "elapsed")),
			Cap:     rapid.IntRange(-5, 500).Draw(t, "cap"), Live: rapid.IntRange(0, 600).Draw(t, "live"),
			Turns: rapid.IntRange(0, 100).Draw(t, "turns"), Awaited: rapid.IntRange(0, 100).Draw(t, "awaited"),
			ProofShare: rapid.Float64Range(0, 1).Draw(t, "share"),
		}
		got, carry := NextServing(s)
		step := int(got - s.Serving)
		if got < s.Serving || carry < 0 || carry >= 1 || step > 0 && got > s.End {
			t.Fatalf("%+v: %d carry %v", s, got, carry)
		}
		s.ProofShare /= 2
		if fewer, _ := NextServing(s); fewer > got {
			t.Fatalf("%+v: %d at half the share, %d before", s, fewer, got)
		}
		if step > max(0, s.Cap-s.Live-s.Turns-s.Awaited) {
			t.Fatalf("%+v: called %d", s, step)
		}
	})
}
