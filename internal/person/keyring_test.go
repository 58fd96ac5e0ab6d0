package person_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
)

var claim = person.Claim{Name: "홍길동", Born: caldate.Date{Year: 1965, Month: 3, Day: 9}, Mobile: "01000000001"}

func TestPurposesAreSeparate(t *testing.T) { // rule P4
	t.Parallel()
	k := ring(t, 1)
	seen := map[[32]byte]string{}
	add := func(what string, x person.Index) {
		t.Helper()
		if other, found := seen[x.Sum]; found {
			t.Errorf("%s and %s have the same index", what, other)
		}
		seen[x.Sum] = what
	}
	for _, p := range []person.Purpose{person.ForTicket, person.ForPerson, person.ForPhone, person.ForCode, person.ForList} {
		add(string(p), k.OfClaim(p, claim))
		add(string(p)+" in a scope", k.OfClaim(p, claim, "a"))
		add(string(p)+" in another scope", k.OfClaim(p, claim, "b"))
	}
	add("parts ab, c", k.Lookup(person.ForPhone, "ab", "c"))
	add("parts a, bc", k.Lookup(person.ForPhone, "a", "bc"))
	add("part abc", k.Lookup(person.ForPhone, "abc"))
	add("parts abc and nothing", k.Lookup(person.ForPhone, "abc", ""))
	add("another key", ring(t, 2).OfClaim(person.ForPerson, claim))
}

func TestLookupIsWhatItWas(t *testing.T) { // rule P4: stored lookups must be found by later versions
	t.Parallel()
	x := ring(t, 1).OfClaim(person.ForPerson, claim)
	const want = "2c0aba25beb8d117d2be32a941a816ba540133afbc761d4ab352c6c07ff8eede" // computed outside this program
	if got := hex(x.Sum[:]); x.Key != 1 || got != want {
		t.Errorf("key %d, %s; want key 1, %s", x.Key, got, want)
	}
}

func hex(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

func TestKeysRotate(t *testing.T) { // rule P5
	t.Parallel()
	before, after := ring(t, 1), ring(t, 1, 2, 9)
	old := before.OfClaim(person.ForPerson, claim)
	all := after.OfClaimAll(person.ForPerson, claim)
	if len(all) != 3 || all[0].Key != 9 || all[1].Key != 2 || all[2] != old {
		t.Errorf("lookups are under the keys %v, want 9, 2 and 1, and the last as before", all)
	}
	for _, x := range all {
		if x.Bucket() != old.Bucket() { // one transaction looks under all of them, and it names one bucket
			t.Errorf("under key %d the claim is filed in bucket %d, under key 1 in %d", x.Key, x.Bucket(), old.Bucket())
		}
	}
	if bytes.Equal(all[0].Sum[2:], all[1].Sum[2:]) || bytes.Equal(all[0].Sum[2:], old.Sum[2:]) {
		t.Error("two keys make the same of a claim")
	}
	if now := after.OfClaim(person.ForPerson, claim); now != all[0] {
		t.Errorf("new lookups are made with key %d, want the newest", now.Key)
	}
	sealed := before.Seal("person", "name", "p1", []byte("홍길동"))
	if plain, err := after.Open("person", "name", "p1", sealed); err != nil || string(plain) != "홍길동" {
		t.Errorf("what was sealed before the rotation opens as %q, %v", plain, err)
	}
	fresh := after.Seal("person", "name", "p1", []byte("홍길동"))
	if fresh[0] != 0 || fresh[1] != 9 {
		t.Errorf("sealed with key %d, want 9", int(fresh[0])<<8|int(fresh[1]))
	}
	if _, err := before.Open("person", "name", "p1", fresh); err == nil || !strings.Contains(err.Error(), "key 9, which is not loaded") {
		t.Errorf("without its key: %v", err)
	}
}

func TestKeyringRefusesBadKeys(t *testing.T) { // rule P5
	t.Parallel()
	for what, roots := range map[string]map[uint16][]byte{
		"none": {}, "id 0": {0: make([]byte, 32)}, "31 bytes": {1: make([]byte, 31)}, "33 bytes": {1: make([]byte, 33)},
	} {
		if k, err := person.NewKeyring(roots); err == nil || k != nil {
			t.Errorf("%s: %v, %v", what, k, err)
		}
	}
}

func TestSealedStaysInItsPlace(t *testing.T) { // rule P6
	t.Parallel()
	k := ring(t, 1)
	sealed := k.Seal("person", "name", "p1", []byte("홍길동"))
	if bytes.Contains(sealed, []byte("홍길동")) {
		t.Fatal("the name stands in the sealed value")
	}
	if bytes.Equal(sealed, k.Seal("person", "name", "p1", []byte("홍길동"))) {
		t.Error("the same value sealed twice looks the same")
	}
	open := func(what, table, column, row string, value []byte, ok bool) {
		t.Helper()
		plain, err := k.Open(table, column, row, value)
		if ok != (err == nil) || ok && string(plain) != "홍길동" || !ok && plain != nil {
			t.Errorf("%s: %q, %v", what, plain, err)
		}
		if err != nil && strings.Contains(err.Error(), "홍길동") {
			t.Errorf("%s: the error shows the name", what)
		}
	}
	open("in its place", "person", "name", "p1", sealed, true)
	open("in another row", "person", "name", "p2", sealed, false)
	open("in another column", "person", "born", "p1", sealed, false)
	open("in another table", "outbox", "name", "p1", sealed, false)
	open("empty", "person", "name", "p1", nil, false)
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		open("a changed byte", "person", "name", "p1", changed, false)
		open("cut short", "person", "name", "p1", sealed[:i], false)
	}
	open("with a byte more", "person", "name", "p1", append(bytes.Clone(sealed), 0), false)
}

func TestAnythingSealedOpensOnlyWhereItBelongs(t *testing.T) { // rule P6
	t.Parallel()
	k := ring(t, 3)
	word := rapid.StringMatching(`[a-z_]{1,12}`)
	rapid.Check(t, func(rt *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(rt, "value")
		table, column, row := word.Draw(rt, "table"), word.Draw(rt, "column"), word.Draw(rt, "row")
		sealed := k.Seal(table, column, row, plain)
		if got, err := k.Open(table, column, row, sealed); err != nil || !bytes.Equal(got, plain) {
			rt.Fatalf("%x opens as %x, %v", plain, got, err)
		}
		if _, err := k.Open(table, column, row+"x", sealed); err == nil {
			rt.Fatal("opens in another row")
		}
	})
}

func TestIDsNameTheirBucket(t *testing.T) { // rule P10
	t.Parallel()
	seen := map[person.ID]bool{}
	for bucket := range int16(person.Buckets) {
		id := person.NewID(bucket, time.Now())
		got, err := id.Bucket()
		if err != nil || got != bucket || seen[id] || len(id) != 26 {
			t.Fatalf("id %s of bucket %d is of %d, %v", id, bucket, got, err)
		}
		seen[id] = true
	}
	early, late := person.NewID(1000, time.Unix(1626000000, 0)), person.NewID(3, time.Unix(1626000001, 0))
	if early >= late {
		t.Errorf("%s of a later second sorts before %s", late, early)
	}
	for _, bad := range []person.ID{"", "x", "홍길동", person.ID(strings.Repeat("z", 26)), person.ID(strings.Repeat("0", 25)), person.ID(strings.Repeat("0", 27)), person.ID(strings.Repeat("u", 26))} {
		if b, err := bad.Bucket(); fault.CodeOf(err) != fault.Malformed {
			t.Errorf("%q is of bucket %d, %v", bad, b, err)
		}
	}
	if _, err := person.NewID(person.Buckets, time.Now()).Bucket(); fault.CodeOf(err) != fault.Malformed {
		t.Errorf("a bucket beyond the last: %v", err)
	}
}

func TestIndexesSpreadOverTheBuckets(t *testing.T) { // rule P10
	t.Parallel()
	k := ring(t, 1)
	used := map[int16]int{}
	const each = 8
	for n := range each * person.Buckets {
		b := k.Lookup(person.ForPhone, strings.Repeat("0", n%7), string(rune('가'+n))).Bucket()
		if b < 0 || b >= person.Buckets {
			t.Fatalf("bucket %d", b)
		}
		used[b]++
	}
	for b, n := range used {
		if n > 5*each {
			t.Errorf("bucket %d has %d of %d", b, n, each*person.Buckets)
		}
	}
	if len(used) < person.Buckets*95/100 {
		t.Errorf("only %d of %d buckets are used", len(used), person.Buckets)
	}
}
