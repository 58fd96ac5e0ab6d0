package drill

import "testing"

func TestBypassIsNoticed(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		r    reply
		want bool
	}{
		"a page of the flow":       {reply{status: 200}, true},
		"a session":                {reply{status: 303, location: "/c/x/book", cookies: []string{sessionCookie + "x=y; Path=/"}}, true},
		"no session":               {reply{status: 401}, false},
		"not open":                 {reply{status: 403}, false},
		"back to the waiting page": {reply{status: 303, location: "/c/x/wait"}, false},
		"another cookie":           {reply{status: 303, cookies: []string{"__Host-naru-browser=y"}}, false},
	} {
		if wentThrough(c.r) != c.want {
			t.Errorf("%s: bypass is not %v", what, c.want)
		}
	}
}

func TestAlteredTicketIsAnother(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"NT1.AAAAAAAAAAAA.x", "NT1.abcdefABCDEF.x"} {
		if got := alter(token); got == token || len(got) != len(token) {
			t.Errorf("%s became %s", token, got)
		}
	}
}

func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:8080": true, "http://[::1]:8080/": true, "http://127.9.9.9": true,
		"http://192.0.2.1:8080": false, "http://example.org": false, "https://127.0.0.1": false, "127.0.0.1:8080": false,
		"http://127.0.0.1.example.org": false, "http://127.0.0.1/path": false, "": false,
	} {
		if _, err := newClient(url); (err == nil) != want {
			t.Errorf("%q: %v", url, err)
		}
	}
}
