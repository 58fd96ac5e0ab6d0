package identity

import "time"

// Fresh is how long a node's light counts after it was written down.
const Fresh = 10 * time.Second

// Reading is the light of one provider as one node saw it.
type Reading struct {
	Node     string
	Provider ID
	Light    Light
	At       time.Time
}

// Share is how much of the normal number of proofs the providers can carry now,
// 0 to 1 (rule I6). A provider carries what its light allows, the mean over the
// nodes that have looked lately, weighted by what it carries on a normal day. One
// that nobody has looked at carries nothing. Without providers nothing is held
// back: 1.
func Share(all []Provider, readings []Reading, now time.Time) float64 {
	normal, carried := 0.0, 0.0
	for _, p := range all {
		normal += float64(p.PerSecond)
		carried += float64(p.PerSecond) * mean(p.ID, readings, now)
	}
	if normal == 0 {
		return 1
	}
	return min(1, carried/normal)
}

func mean(id ID, readings []Reading, now time.Time) float64 {
	nodes, sum := 0, 0.0
	for _, r := range readings {
		if age := now.Sub(r.At); r.Provider != id || age >= Fresh || age <= -Fresh {
			continue
		}
		nodes++
		sum += r.Light.carries()
	}
	return sum / float64(max(1, nodes))
}

// Together is the light of all providers as one word, for pages that tell those
// who wait why the line is slow.
func Together(share float64) Light {
	switch {
	case share >= 0.9:
		return Smooth
	case share >= 0.5:
		return Slow
	case share > 0:
		return Congested
	}
	return Down
}
