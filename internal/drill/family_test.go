package drill

import (
	"os"
	"testing"
	"time"
)

const statLine = "4242 (post (gres) x) S 17 1 1 0 -1 4194304 100 200 3 4 11 22 33 44 20 0 1 0 500 1000 50"

func TestParseProcStat(t *testing.T) {
	t.Parallel()
	got, ok := parseProcStat(statLine)
	if want := (procStat{4242, 17, 330 * time.Millisecond, 770 * time.Millisecond}); !ok || got != want {
		t.Errorf("%+v", got)
	}
	for _, bad := range []string{"", "1 (x", "1 (x) S 1 2", "x (y) S 1 1 1 0 -1 0 0 0 0 0 1 1 1 1", "1 (y) S 1 1 1 0 -1 0 0 0 0 0 1 -1 1 1"} {
		if _, ok := parseProcStat(bad); ok {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestFamilyCPU(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("this system has no /proc")
	}
	for began := time.Now(); familyCPU(os.Getpid()) == 0; { // it costs time to ask for it
		if time.Since(began) > 10*time.Second {
			t.Fatal("this process used no time")
		}
	}
	if familyCPU(0) != 0 || familyCPU(1<<30) != 0 {
		t.Error("nobody used time")
	}
}

func FuzzProcStat(f *testing.F) {
	f.Add(statLine)
	f.Add(") (")
	f.Fuzz(func(t *testing.T, line string) {
		if p, ok := parseProcStat(line); ok && (p.used < 0 || p.buried < 0) {
			t.Errorf("%+v", p)
		}
	})
}
