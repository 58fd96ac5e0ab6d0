package audit_test

import (
	"testing"
	"time"

	"naru/internal/audit"
)

// Every field changes the hash, and no value slides from one field into the next.
func TestTheHashCoversEveryField(t *testing.T) {
	t.Parallel()
	base := audit.Entry{
		Chain: "c", Seq: 1, At: time.Unix(1, 0), Act: "a", Phase: audit.Asked, Staff: "s", Session: "e", What: "w",
		Clinic: "k", Person: "p", Campaign: "m", Code: "x", Detail: map[string]string{"n": "v"},
	}
	seen := map[audit.Hash]string{audit.Next(audit.Hash{}, base): "base"}
	for name, change := range map[string]func(*audit.Entry){
		"chain": func(e *audit.Entry) { e.Chain = "d" }, "seq": func(e *audit.Entry) { e.Seq = 2 },
		"at": func(e *audit.Entry) { e.At = time.Unix(2, 0) }, "act": func(e *audit.Entry) { e.Act = "b" },
		"phase": func(e *audit.Entry) { e.Phase = audit.Done }, "staff": func(e *audit.Entry) { e.Staff = "t" },
		"session": func(e *audit.Entry) { e.Session = "f" }, "what": func(e *audit.Entry) { e.What = "v" },
		"clinic": func(e *audit.Entry) { e.Clinic = "l" }, "person": func(e *audit.Entry) { e.Person = "q" },
		"campaign": func(e *audit.Entry) { e.Campaign = "n" }, "code": func(e *audit.Entry) { e.Code = "y" },
		"detail":     func(e *audit.Entry) { e.Detail = map[string]string{"n": "u"} },
		"one detail": func(e *audit.Entry) { e.Detail = nil },
		"slides":     func(e *audit.Entry) { e.Staff, e.Session = "se", "" },
	} {
		e := base
		change(&e)
		sum := audit.Next(audit.Hash{}, e)
		if other, twice := seen[sum]; twice {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[sum] = name
	}
	if _, same := seen[audit.Next(audit.Hash{1}, base)]; same {
		t.Error("the hash before is not covered")
	}
}
