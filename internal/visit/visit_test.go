package visit_test

import (
	"bytes"
	"testing"
	"time"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/visit"
)

var (
	issuer = bytes.Repeat([]byte{7}, 32)
	seoul  = time.FixedZone("KST", 9*3600)
	noon   = time.Date(2021, 12, 13, 12, 0, 0, 0, seoul)
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// keys are those of both custodians for a day.
type keys struct {
	outerPrivate, innerPrivate []byte
	outer, inner               visit.DayKey
}

func keysOf(t *testing.T, day visit.Day) (k keys) {
	t.Helper()
	var err error
	k.outerPrivate, k.outer, err = visit.NewDayKey(visit.Outer, day)
	must(t, err)
	k.innerPrivate, k.inner, err = visit.NewDayKey(visit.Inner, day)
	must(t, err)
	return k
}

func dayOf(at time.Time) visit.Day {
	day, _ := visit.DayOf(caldate.Of(at, seoul))
	return day
}

func sealed(t *testing.T, k keys, c visit.Contact, at time.Time) visit.Visit {
	t.Helper()
	token, err := visit.Seal(c, at, k.inner, k.outer)
	must(t, err)
	return visit.Visit{Facility: "f", At: at, People: 1, Token: token}
}

func TestTwoCustodiansOpenTogether(t *testing.T) {
	t.Parallel()
	k := keysOf(t, dayOf(noon))
	c := visit.NewContact(issuer, visit.ByCode, dayOf(noon))
	v := sealed(t, k, c, noon)
	half, err := v.Token.OpenOuter(k.outerPrivate)
	must(t, err)
	got, err := half.OpenInner(k.innerPrivate)
	must(t, err)
	if got.Handle != c.Handle || got.Kind != visit.ByCode || !got.Minute.Equal(noon) {
		t.Errorf("%+v, want %+v", got, c)
	}
	must(t, got.Usable(issuer, v))
}

func TestNeitherCustodianOpensAlone(t *testing.T) {
	t.Parallel()
	k, other := keysOf(t, dayOf(noon)), keysOf(t, dayOf(noon))
	c := visit.NewContact(issuer, visit.ByCode, dayOf(noon))
	v := sealed(t, k, c, noon)
	if bytes.Contains(v.Token, c.Handle[:]) {
		t.Error("the register reads the handle")
	}
	half, err := v.Token.OpenOuter(k.outerPrivate)
	must(t, err)
	for name, private := range map[string][]byte{"the outer one twice": k.outerPrivate, "another's": other.innerPrivate} {
		if _, err := half.OpenInner(private); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, private := range map[string][]byte{"the inner one": k.innerPrivate, "another day's": keysOf(t, dayOf(noon)+1).outerPrivate} {
		if _, err := v.Token.OpenOuter(private); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two visits of one person share no run of three bytes beyond the head, and no byte at
// one place more often than chance.
func TestTwoVisitsOfOnePersonHaveNothingInCommon(t *testing.T) {
	t.Parallel()
	k := keysOf(t, dayOf(noon))
	c := visit.NewContact(issuer, visit.ByCode, dayOf(noon))
	a, b := sealed(t, k, c, noon).Token, sealed(t, k, c, noon).Token
	same := 0
	for i := 3; i < len(a); i++ {
		if a[i] == b[i] {
			same++
		}
		if i+4 <= len(a) && bytes.Contains(b[3:], a[i:i+4]) {
			t.Errorf("four bytes at %d are in both", i)
		}
	}
	if same > 8 { // 133 bytes, each alike by chance once in 256
		t.Errorf("%d bytes are alike", same)
	}
	if len(a) != visit.TokenSize {
		t.Errorf("a token has %d bytes", len(a))
	}
}

func TestWhatWasNotVouchedForIsUnusable(t *testing.T) {
	t.Parallel()
	day := dayOf(noon)
	k := keysOf(t, day)
	open := func(c visit.Contact, at time.Time) (visit.Contact, visit.Visit) {
		v := sealed(t, k, c, at)
		half, err := v.Token.OpenOuter(k.outerPrivate)
		must(t, err)
		got, err := half.OpenInner(k.innerPrivate)
		must(t, err)
		return got, v
	}
	forged := visit.NewContact(bytes.Repeat([]byte{8}, 32), visit.ByCode, day)
	if c, v := open(forged, noon); c.Usable(issuer, v) == nil {
		t.Error("a stranger's handle is usable")
	}
	if c, v := open(visit.NewContact(issuer, visit.ByCode, day-1), noon); c.Usable(issuer, v) == nil {
		t.Error("yesterday's handle is usable today")
	}
	c, v := open(visit.NewContact(issuer, visit.ByCode, day), noon)
	v.At = noon.Add(16 * time.Minute)
	if c.Usable(issuer, v) == nil {
		t.Error("a code of a quarter of an hour before is usable")
	}
	flipped := bytes.Clone(v.Token)
	for i := 3; i < len(flipped); i++ {
		flipped[i] ^= 1
		if _, err := visit.Token(flipped).OpenOuter(k.outerPrivate); err == nil {
			t.Errorf("a token with byte %d changed opens", i)
		}
		flipped[i] ^= 1
	}
	if _, err := visit.Seal(c, noon, k.inner, keysOf(t, day+1).outer); err == nil {
		t.Error("keys of two days seal")
	}
}

func TestWhatIsTaken(t *testing.T) {
	t.Parallel()
	k := keysOf(t, dayOf(noon))
	v := sealed(t, k, visit.NewContact(issuer, visit.ByCode, dayOf(noon)), noon)
	for name, c := range map[string]struct {
		now  time.Time
		edit func(*visit.Visit)
		want fault.Code
	}{
		"at once":                    {noon, nil, ""},
		"after five hours away":      {noon.Add(5 * time.Hour), nil, ""},
		"on the last day":            {noon.AddDate(0, 0, 28), nil, ""},
		"on day 29":                  {time.Date(2022, 1, 11, 0, 0, 0, 0, seoul), nil, fault.Expired},
		"from a clock ahead":         {noon.Add(-10 * time.Minute), nil, ""},
		"from a clock far ahead":     {noon.Add(-11 * time.Minute), nil, fault.Invalid},
		"cut off":                    {noon, func(v *visit.Visit) { v.Token = v.Token[:10] }, fault.Malformed},
		"too long":                   {noon, func(v *visit.Visit) { v.Token = append(bytes.Clone(v.Token), 0) }, fault.Malformed},
		"of another version":         {noon, func(v *visit.Visit) { v.Token = append([]byte{9}, v.Token[1:]...) }, fault.Malformed},
		"of another day":             {noon.AddDate(0, 0, 3), func(v *visit.Visit) { v.At = noon.AddDate(0, 0, 2) }, fault.Invalid},
		"of nowhere":                 {noon, func(v *visit.Visit) { v.Facility = "" }, fault.Invalid},
		"a minute after midnight":    {noon.Add(13 * time.Hour), func(v *visit.Visit) { v.At = noon.Add(12*time.Hour + time.Minute) }, ""},
		"of nobody":                  {noon, func(v *visit.Visit) { v.People = 0 }, fault.Invalid},
		"of a group":                 {noon, func(v *visit.Visit) { v.People = visit.MaxPeople }, ""},
		"of a crowd":                 {noon, func(v *visit.Visit) { v.People = visit.MaxPeople + 1 }, fault.Invalid},
		"at a second":                {noon.Add(time.Minute), func(v *visit.Visit) { v.At = noon.Add(time.Second) }, fault.Malformed},
		"before the register's time": {noon, func(v *visit.Visit) { v.At = time.Date(2019, 1, 1, 0, 0, 0, 0, seoul) }, fault.Invalid},
	} {
		x := v
		if c.edit != nil {
			c.edit(&x)
		}
		if got := fault.CodeOf(x.Take(c.now, seoul)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestKeysOfDays(t *testing.T) {
	t.Parallel()
	today := dayOf(noon)
	from, to := visit.Span(today)
	if from.Date().String() != "2021-11-15" || to.Date().String() != "2022-01-17" {
		t.Errorf("keys from %v to %v", from.Date(), to.Date())
	}
	if d := today.DestroyOn().Date().String(); d != "2022-01-11" {
		t.Errorf("destroyed on %s", d)
	}
	if from, _ := visit.Span(3); from != 0 {
		t.Errorf("before the first day: %d", from)
	}
}
