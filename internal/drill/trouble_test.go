package drill

import "testing"

// An answer is put down to a fault only if it is that fault's.
func TestTroublesExplain(t *testing.T) {
	t.Parallel()
	type where []string
	for what, c := range map[string]struct {
		trouble where
		nodes   int
		answer  reply
		want    bool
	}{
		"quiet: the proxy gave up on a node":   {nil, 3, reply{status: 502, proxyFor: "node1"}, false},
		"quiet: no node at all":                {nil, 3, reply{status: 503, proxyFor: noNode}, false},
		"quiet: naru cannot":                   {nil, 3, reply{status: 503, node: "node1"}, false},
		"the node was killed":                  {where{"node1"}, 3, reply{status: 502, proxyFor: "node1"}, true},
		"another was killed":                   {where{"node1"}, 3, reply{status: 502, proxyFor: "node2"}, false},
		"one of three, and no node at all":     {where{"node1"}, 3, reply{status: 503, proxyFor: noNode}, false},
		"all three, and no node at all":        {where{"node1", "node2", "node3"}, 3, reply{status: 503, proxyFor: noNode}, true},
		"it woke up and does not know":         {where{"node1"}, 3, reply{status: 503, node: "node1"}, true},
		"it woke up and failed":                {where{"node1"}, 3, reply{status: 500, node: "node1"}, false},
		"another does not know":                {where{"node1"}, 3, reply{status: 503, node: "node2"}, false},
		"the database: naru says so":           {where{theDatabase}, 3, reply{status: 503, node: "node2"}, true},
		"the database: naru failed":            {where{theDatabase}, 3, reply{status: 500, node: "node2"}, false},
		"the database: the proxy took it out":  {where{theDatabase}, 3, reply{status: 502, proxyFor: "node2"}, true},
		"alone, without a proxy":               {where{"node1"}, 1, reply{status: 503}, true},
		"alone, without a proxy, and quiet":    {nil, 1, reply{status: 503}, false},
		"a target of which nothing is known":   {nil, 0, reply{status: 503}, false},
		"alone behind a proxy":                 {where{"node1"}, 1, reply{status: 503, proxyFor: noNode}, true},
		"alone: naru failed":                   {where{"node1"}, 1, reply{status: 500}, false},
		"a gateway time-out of the paused one": {where{"node1"}, 2, reply{status: 504, proxyFor: "node1"}, true},
	} {
		var now troubles
		for _, one := range c.trouble {
			now.begin(one)
		}
		if got := now.explain(c.answer, c.nodes); got != c.want {
			t.Errorf("%s: explained is %v", what, got)
		}
	}
}

func TestTroublesEnd(t *testing.T) {
	t.Parallel()
	var now troubles
	failed := reply{status: 502, proxyFor: "node1"}
	_, first := now.begin("node1")
	calm, second := now.begin("node1")
	_, base := now.begin(theDatabase)
	first()
	first() // once is enough
	if base(); !now.explain(failed, 3) || !now.breaks() {
		t.Error("the node's second trouble is forgotten")
	}
	calm()
	calm()
	if now.breaks() || !now.explain(failed, 3) {
		t.Error("connections were at rest, the node was not")
	}
	if second(); now.breaks() || now.explain(failed, 3) {
		t.Error("trouble does not end")
	}
	if _, over := now.begin("node1"); true {
		over()
	}
	if now.breaks() {
		t.Error("what is over still breaks connections")
	}
}
