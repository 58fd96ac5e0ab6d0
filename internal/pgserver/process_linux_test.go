package pgserver

import "testing"

func TestParseStat(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line string
		want process
		ok   bool
	}{
		"a postmaster":      {"4711 (postgres) S 17 4711 4711 0 -1", process{4711, 17, 'S'}, true},
		"an awkward name":   {"4711 (a) T 9 (b) R 17 0", process{4711, 17, 'R'}, true},
		"a kernel's thread": {"2 (kthreadd) S 0 0", process{2, 0, 'S'}, true},
		"cut off":           {"4711 (postgres) S", process{}, false},
		"without a name":    {"4711 postgres S 17", process{}, false},
		"brackets turned":   {"4711 )postgres( S 17", process{}, false},
		"no number":         {"x (postgres) S 17", process{}, false},
		"empty":             {"", process{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := parseStat(c.line)
			same(t, "process", got, c.want)
			same(t, "read", ok, c.ok)
		})
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("4711 (postgres) S 17 4711")
	f.Add("4711 (a) T 9 (b) R 17 0")
	f.Fuzz(func(t *testing.T, line string) {
		if p, ok := parseStat(line); ok && (p.pid <= 0 || p.parent < 0) {
			t.Errorf("%q gave %+v", line, p)
		}
	})
}
