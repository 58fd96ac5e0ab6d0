package visit_test

import (
	"testing"

	"naru/internal/fault"
	"naru/internal/visit"
)

func TestTheNumberOfACallIsSealedAndComesBack(t *testing.T) {
	t.Parallel()
	day := dayOf(noon)
	k := keysOf(t, day)
	for _, c := range []visit.Caller{
		{Number: "821000001234", Proven: true},
		{Number: "821000001234"},
		{Number: "8221234567", Proven: true},
		{Number: "123456789012345", Proven: true},
		{Number: "9999999"},
	} {
		contact, err := visit.NewCallContact(issuer, c, day)
		must(t, err)
		v := sealed(t, k, contact, noon)
		half, err := v.Token.OpenOuter(k.outerPrivate)
		must(t, err)
		opened, err := half.OpenInner(k.innerPrivate)
		must(t, err)
		must(t, opened.Usable(issuer, v))
		if got, err := opened.Caller(); err != nil || got != c {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
}

func TestWhatIsNoNumberIsNotAContact(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"", "123456", "1234567890123456", "+821000001234", "82100000123a", "８２1000001"} {
		if _, err := visit.NewCallContact(issuer, visit.Caller{Number: number}, 1); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: %v", number, err)
		}
	}
	code := visit.NewContact(issuer, visit.ByCode, 1)
	if _, err := code.Caller(); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a code's contact has a caller: %v", err)
	}
	for _, handle := range []struct{ first, digits byte }{{0x0f | 0x40, 0}, {12, 0xaa}, {3, 0}} {
		forged := visit.Contact{Kind: visit.ByCall}
		forged.Handle[0], forged.Handle[1] = handle.first, handle.digits
		if c, err := forged.Caller(); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%x: %+v, %v", handle, c, err)
		}
	}
}
