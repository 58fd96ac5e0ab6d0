package drill

import "testing"

func TestJar(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		set  []string
		want string
	}{
		{"nothing", nil, ""},
		{"a secure cookie of a plain address", []string{"__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax"}, "__Host-a=1"},
		{"two", []string{"a=1", "b=2; Max-Age=60"}, "a=1; b=2"},
		{"a new value", []string{"a=1", "b=2", "a=3"}, "b=2; a=3"},
		{"dropped by age", []string{"a=1", "b=2", "a=; Path=/; Max-Age=0"}, "b=2"},
		{"dropped by a negative age", []string{"a=1", "a=; max-age=-1"}, ""},
		{"a value with equals signs", []string{"a=x=="}, "a=x=="},
		{"no cookie at all", []string{"hello"}, ""},
	} {
		var j jar
		for _, line := range c.set {
			j.take(line)
		}
		if got := j.header(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestJarCopyWith(t *testing.T) {
	t.Parallel()
	j := jar{[]cookie{{"t-1", "good"}, {"b", "2"}}}
	bad := j.copyWith("t-", func(s string) string { return s + "!" })
	if bad.header() != "t-1=good!; b=2" || j.header() != "t-1=good; b=2" || j.value("t-") != "good" || j.value("x") != "" {
		t.Errorf("%q, %q", bad.header(), j.header())
	}
}
