package store

import (
	"bytes"
	"reflect"
	"testing"
)

// Both databases' words for a value become one; what does not fit its column is
// refused.
func TestPlainValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind columnKind
		in   any
		want any // nil with refused false: NULL
		bad  bool
	}{
		{kindInt, int16(7), int64(7), false},
		{kindInt, int32(-7), int64(-7), false},
		{kindInt, int64(1) << 62, int64(1) << 62, false},
		{kindBool, int64(1), true, false},
		{kindBool, int64(0), false, false},
		{kindBool, true, true, false},
		{kindFloat, 0.1, 0.1, false},
		{kindText, "", "", false},
		{kindBytes, []byte(nil), []byte{}, false},
		{kindBytes, []byte{0}, []byte{0}, false},
		{kindBytes, nil, nil, false},
		{kindBool, int64(2), nil, true},
		{kindInt, "7", nil, true},
		{kindText, []byte("x"), nil, true},
		{kindBytes, "x", nil, true},
		{kindInt, 7.0, nil, true},
		{kindInt, true, nil, true},
	} {
		got, err := c.kind.plain(c.in)
		if (err != nil) != c.bad || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%T %v as kind %d is %#v, %v; want %#v", c.in, c.in, c.kind, got, err, c.want)
		}
	}
}

// No two rows are written alike, however their values touch; the sum of rows
// does not depend on their order.
func TestRowsAreTakenApart(t *testing.T) {
	t.Parallel()
	rows := [][]any{
		{"ab", "c"},
		{"a", "bc"},
		{"abc", ""},
		{[]byte("ab"), "c"},
		{"ab", nil},
		{"ab", []byte{}},
		{nil, "ab"},
		{int64(1), "c"},
		{true, "c"},
		{1.0, "c"},
		{"ab", "c", nil},
	}
	var there, back tableSum
	for i, a := range rows {
		for j, b := range rows {
			if i != j && bytes.Equal(encodeRow(a), encodeRow(b)) {
				t.Errorf("%v and %v are written alike", a, b)
			}
		}
		there.add(a)
		back.add(rows[len(rows)-1-i])
	}
	if there != back || there.rows != int64(len(rows)) || there.sum == 0 {
		t.Errorf("the sums are %v and %v", there, back)
	}
	back.add(rows[0])
	if there == back {
		t.Error("a row twice and nothing changed")
	}
}

// A key is read back as it was written, whatever is in it.
func FuzzMoveKey(f *testing.F) {
	f.Add(int64(3), "사람", []byte{0, 255}, "")
	f.Add(int64(-1), `"], [`, []byte(nil), `["1","x"]`)
	f.Fuzz(func(t *testing.T, n int64, s string, b []byte, text string) {
		p := tablePlan{name: "t", columns: []columnPlan{{"a", kindInt, false}, {"b", kindText, false}, {"c", kindBytes, false}}, key: []int{2, 0, 1}}
		if key, err := p.readKey(text); err == nil && len(key) != len(p.key) {
			t.Fatalf("%q reads as %v", text, key)
		}
		row := []any{n, string([]rune(s)), append([]byte{}, b...)} // text of a database is UTF-8
		written, err := p.writeKey(row)
		if err != nil {
			t.Fatal(err)
		}
		key, err := p.readKey(written)
		if err != nil || !reflect.DeepEqual(key, []any{row[2], row[0], row[1]}) {
			t.Fatalf("%q reads as %v, %v", written, key, err)
		}
	})
}
