package drill

import "sync"

// troubles are the faults that hurt somebody just now. What fails meanwhile, and
// where they are, is counted as theirs; everything else is the servers' own. The
// zero value is a quiet time. Safe for concurrent use.
type troubles struct {
	mu       sync.Mutex
	nodes    map[string]int // faults on, by node
	store    int            // faults of the database on
	breaking int            // faults on whose connections may still break
}

// theDatabase is the name of the database where nodes have theirs.
const theDatabase = "database"

// noNode is what the proxy says when there is no node it could ask.
const noNode = "<NOSRV>"

// begin says that a node, or the database, is in trouble until over is called.
// Connections break because of it until calm is called, at the latest until it is
// over. Calling them again does nothing.
func (t *troubles) begin(where string) (calm, over func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(where, 1)
	t.breaking++
	calm = t.once(func() { t.breaking-- })
	end := t.once(func() { t.add(where, -1) })
	return calm, func() { calm(); end() }
}

func (t *troubles) once(do func()) func() {
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		do()
	})
}

func (t *troubles) add(where string, n int) {
	if where == theDatabase {
		t.store += n
		return
	}
	if t.nodes == nil {
		t.nodes = map[string]int{}
	}
	if t.nodes[where] += n; t.nodes[where] == 0 {
		delete(t.nodes, where)
	}
}

// breaks says whether connections may break because of a fault. One that breaks
// does not say to whom it led.
func (t *troubles) breaks() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.breaking > 0
}

// explain says whether an answer of 500 or above is a fault's. The proxy's own is
// when it is given for the very node that is in trouble, or for want of any of so
// many nodes. A node in trouble may say
// 503, that it cannot or does not know; while the database is away everybody may.
// Another 5xx of naru never is.
func (t *troubles) explain(r reply, nodes int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case r.proxyFor == "" && r.status != 503:
		return false
	case t.store > 0:
		return true
	case r.proxyFor == noNode, r.proxyFor == "" && r.node == "": // no node, or the only one
		return len(t.nodes) >= max(nodes, 1)
	}
	return t.nodes[r.proxyFor] > 0 || t.nodes[r.node] > 0
}
