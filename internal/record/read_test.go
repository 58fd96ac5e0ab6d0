package record_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"naru/internal/fault"
	"naru/internal/record"
)

func TestFilesAreReadLineByLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", record.MaxLine)
	for name, c := range map[string]struct{ text, want string }{
		"a quoted field":           {"kind,lot\ndose,\"a,\"\"b\"", `2:a,"b:`},
		"empty lines":              {"\ufeffkind,lot\r\n\r\ndose,b\r\n", "3:b:"},
		"a field too many":         {"kind,lot\ndose,b,c\ndose,b\n", "2::malformed 3:b:"},
		"a quote that stays open":  {"kind,lot\ndose,\"b\ndose,b\n", "2::malformed 3:b:"},
		"a line that is too long":  {"kind,lot\ndose," + long + "\ndose,b", "2::too_large 3:b:"},
		"a number that is none":    {"kind,number\ndose,x\n", "2::invalid"},
		"bytes that are no text":   {"kind,lot\ndose,\xff\n", "2::malformed"},
		"text after a quoted text": {"kind,lot\ndose,\"a\"b\n", "2::malformed"},
	} {
		if got := readAll(t, c.text); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for _, header := range []string{"", "lot\n", "kind,kind\n", "kind,colour\n", `"kind` + "\n", long} {
		if _, err := record.NewReader(strings.NewReader(header), true); fault.CodeOf(err) != fault.Malformed {
			t.Errorf("header %.20q: %v", header, err)
		}
	}
}

func readAll(t *testing.T, text string) string {
	t.Helper()
	r, err := record.NewReader(strings.NewReader(text), true)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for {
		l, err := r.Next()
		if errors.Is(err, io.EOF) {
			return strings.Join(all, " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%d:%s:%s", l.No, l.Row.Lot, fault.CodeOf(l.Fault)))
	}
}

func FuzzRead(f *testing.F) {
	f.Add("kind,lot\ndose,\"a\"\"b\"\n", true)
	f.Add(`{"kind":"dose","number":1}`+"\n{", false)
	f.Fuzz(func(t *testing.T, text string, csv bool) {
		r, err := record.NewReader(strings.NewReader(text), csv)
		if err != nil {
			return
		}
		for no := 0; ; {
			l, err := r.Next()
			if err != nil {
				return
			}
			if l.No <= no || len(l.Raw) > record.MaxLine {
				t.Fatalf("line %d after %d, %d bytes", l.No, no, len(l.Raw))
			}
			no = l.No
			if l.Fault == nil {
				_, _ = l.Row.Fact()
			}
		}
	})
}
