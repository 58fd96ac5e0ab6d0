package web

import (
	"strings"
	"testing"
)

func TestCellsAreNoFormulas(t *testing.T) { // rule K29
	t.Parallel()
	got := plainCells("=1+1", "+82", "-1", "@x", "\tx", "가상하나", "", "a=b")
	if want := "'=1+1 '+82 '-1 '@x '\tx 가상하나  a=b"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}
