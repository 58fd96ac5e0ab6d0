package store_test

import "testing"

// As many claims that nobody proves as people who do: once the gate sees that they
// do not prove, the people are called nearly as fast as without them (rule G55).
func TestNeverProvenClaimsTakeLittleOfTheRate(t *testing.T) {
	onBoth(t, testNeverProvenClaimsTakeLittleOfTheRate)
}

func testNeverProvenClaimsTakeLittleOfTheRate(t *testing.T) {
	t.Parallel()
	const honest, rate = 60, 2
	h := newHouseEdited(t, capLine, "  fixed_rate: true\n"+capLine)
	h.lead(1)
	must(t, h.steer(rate, false))
	var people, claims []*citizen
	for n := range honest {
		people, claims = append(people, h.citizen(n)), append(claims, h.citizen(1000+n))
		must(t, people[n].join())
		must(t, claims[n].join())
	}
	h.openGate()
	in, seconds := map[*citizen]int{}, 0
	for ; len(in) < honest; seconds++ {
		if seconds > 2*honest/rate {
			t.Fatalf("after %d s only %d people are in", seconds, len(in))
		}
		for _, c := range claims {
			_ = c.enter() // refused until it is called
		}
		for _, c := range people {
			if since, here := in[c]; here && seconds == since+2 {
				must(t, c.prove())
			} else if !here && c.enter() == nil {
				in[c] = seconds
			}
		}
		h.serve(1)
	}
	if alone := honest / rate; seconds > alone*15/10 {
		t.Errorf("the people took %d s, %d s without the claims", seconds, alone)
	}
	h.sound()
}
