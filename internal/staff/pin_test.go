package staff_test

import (
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/staff"
)

func TestPINsThatAreGuessedFirstAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]fault.Code{
		"284915": "", "000001": "", "202607": "", "123456789013": "",
		"": fault.Invalid, "28491": fault.Invalid, "1234567890123": fault.Invalid, "28491a": fault.Invalid, "２８４９１５": fault.Invalid,
		"111111": fault.Invalid, "123456": fault.Invalid, "654321": fault.Invalid, "890123": fault.Invalid, "-28491": fault.Invalid,
	} {
		if _, err := staff.ParsePIN(text); fault.CodeOf(err) != want {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestALimitCountsFromTheFirstTry(t *testing.T) {
	t.Parallel()
	l, now := staff.Limit{Most: 2, Within: time.Minute}, time.Unix(1000, 0)
	var tries staff.Tries
	var err error
	for i, want := range []fault.Code{"", "", fault.TooMany} {
		if tries, err = l.Take(tries, now.Add(time.Duration(i)*time.Second)); fault.CodeOf(err) != want {
			t.Errorf("try %d: %v, want %q", i+1, err, want)
		}
	}
	if tries, err = l.Take(tries, now.Add(time.Minute)); err != nil || tries.N != 1 {
		t.Errorf("a minute later: %+v, %v", tries, err)
	}
}
