package drill

import (
	"math/rand/v2"
	"slices"
)

// victims chooses whom a fault hits: node after node, in an order drawn from the
// seed. A pause takes the leader, who wakes up with a lease that has ended; a
// kill takes another one. Where no pause is planned, the first kill takes the
// leader: it is among the victims at least once.
type victims struct {
	order       []string
	hits        map[string]int
	killsLeader bool
}

func newVictims(names []string, planned []plannedFault, seed uint64) *victims {
	v := &victims{order: slices.Clone(names), hits: map[string]int{}, killsLeader: true}
	rnd := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // no secret
	rnd.Shuffle(len(v.order), func(i, j int) { v.order[i], v.order[j] = v.order[j], v.order[i] })
	for _, f := range planned {
		v.killsLeader = v.killsLeader && f.kind != pauseNode
	}
	return v
}

// choose picks one of the nodes that are up; "" when none is. leader may be "".
func (v *victims) choose(kind, leader string, up []string) string {
	chosen := ""
	if (kind == pauseNode || v.killsLeader) && slices.Contains(up, leader) {
		v.killsLeader = false
		chosen = leader
	} else {
		chosen = v.leastHit(leader, up)
	}
	v.hits[chosen]++
	return chosen
}

// leastHit is the node hit least, the leader only if nobody else is left.
func (v *victims) leastHit(leader string, up []string) string {
	chosen := ""
	for _, name := range v.order {
		if name != leader && slices.Contains(up, name) && (chosen == "" || v.hits[name] < v.hits[chosen]) {
			chosen = name
		}
	}
	if chosen == "" && slices.Contains(up, leader) {
		return leader
	}
	return chosen
}
