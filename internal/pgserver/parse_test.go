package pgserver

import "testing"

func TestParseStatus(t *testing.T) {
	t.Parallel()
	const head = "4711\n/data\n1700000000\n16001\n/tmp/s\n127.0.0.1\n"
	for name, c := range map[string]struct {
		text string
		want status
	}{
		"ready":         {head + "  1234567         9\nready   \n", status{4711, 9, true}},
		"starting":      {head + "  1234567         9\nstarting\n", status{4711, 9, false}},
		"stopping":      {head + "  1234567         9\nstopping\n", status{4711, 9, false}},
		"half written":  {"4711\n/data\n", status{4711, 0, false}},
		"empty":         {"", status{}},
		"another thing": {"ready\n\n\n\n\n\nready\nready", status{0, 0, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			same(t, "status", parseStatus(c.text), c.want)
		})
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add("4711\n/data\n1700000000\n16001\n/tmp/s\n127.0.0.1\n  1234567  9\nready   \n")
	f.Fuzz(func(_ *testing.T, text string) { parseStatus(text) })
}
