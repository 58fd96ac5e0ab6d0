package pgserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTwoServersAtOnce(t *testing.T) {
	t.Parallel()
	one, other := start(t, nil), start(t, nil)
	if one.URL("clinic") == other.URL("clinic") || one.SocketURL("clinic") == other.SocketURL("clinic") {
		t.Error("two servers have one address")
	}
	must(t, one.Create(t.Context(), "clinic", ""))
	must(t, other.Create(t.Context(), "clinic", ""))
	execute(t, one.URL("clinic"), "CREATE TABLE seat ()")
	const seats = "SELECT count(*)::text FROM pg_class WHERE relname = 'seat'"
	same(t, "seen over TCP", value(t, one.URL("clinic"), seats), "1")
	same(t, "seen over the socket", value(t, one.SocketURL("clinic"), seats), "1")
	same(t, "seen in the other", value(t, other.URL("clinic"), seats), "0")

	if _, err := Start(t.Context(), Options{Dir: one.dir}); err == nil || !strings.Contains(err.Error(), "lock file") {
		t.Errorf("a second server on the same data must fail and quote its log, got: %v", err)
	}
	must(t, one.Stop())
	same(t, "the other goes on", value(t, other.URL("clinic"), seats), "0")
}

func TestStopLeavesNothing(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	pids := family(t, s)
	open(t, s.URL("postgres"))
	must(t, s.Stop())
	noneNow(t, pids)
	if _, err := os.Stat(s.sockets); !os.IsNotExist(err) {
		t.Errorf("the socket folder is still there: %v", err)
	}
	if _, err := os.Stat(s.data()); err != nil {
		t.Errorf("the data must stay: %v", err)
	}
	must(t, s.Stop())
	must(t, s.Restart(t.Context()))
	same(t, "over the socket again", value(t, s.SocketURL("postgres"), "SELECT 'x'"), "x")
}

func TestSettingsHold(t *testing.T) {
	t.Parallel()
	awkward := `it's a \ test`
	s := start(t, map[string]string{"application_name": awkward, "max_connections": "50"})
	for _, u := range usual {
		want := u.value
		switch u.name {
		case "max_connections":
			want = "50"
		case "log_line_prefix":
			want = "%m [%p] "
		}
		same(t, u.name, value(t, s.URL("postgres"), "SHOW "+u.name), want)
	}
	same(t, "quoted", value(t, s.URL("postgres"), "SELECT reset_val FROM pg_settings WHERE name = 'application_name'"), awkward)
	same(t, "listens on", value(t, s.URL("postgres"), "SHOW listen_addresses"), "127.0.0.1")
	same(t, "encoding", value(t, s.URL("postgres"), "SHOW server_encoding"), "UTF8")
}

func TestAnotherPortWhenTheFirstIsTaken(t *testing.T) {
	t.Parallel()
	other := start(t, nil)
	s, err := prepare(Options{Dir: cluster(t)})
	must(t, err)
	ports := []int{other.port}
	must(t, s.open(t.Context(), func() (int, error) {
		if len(ports) == 0 {
			return freePort()
		}
		taken := ports[0]
		ports = ports[1:]
		return taken, nil
	}))
	stopAtTheEnd(t, s)
	if s.port == other.port || s.PID() == 0 {
		t.Errorf("port %d is the other's, or nothing runs", s.port)
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	wanted(t)
	full := folder(t)
	must(t, os.WriteFile(filepath.Join(full, "letter"), nil, 0o600))
	closed := folder(t)
	must(t, os.Chmod(closed, 0o700))
	for name, c := range map[string]struct {
		options  Options
		want     string
		onlyRoot bool
	}{
		"no folder":              {Options{}, "TempDir", false},
		"a setting of its own":   {Options{Dir: folder(t), Settings: map[string]string{"Port": "1"}}, "setting Port is the server's own", false},
		"a name that is no name": {Options{Dir: folder(t), Settings: map[string]string{"a = 1\nb": "1"}}, "not the name of a setting", false},
		"a value it refuses":     {Options{Dir: cluster(t), Settings: map[string]string{"shared_buffers": "much"}}, `invalid value for parameter "shared_buffers"`, false},
		"no programs there":      {Options{Dir: folder(t), Bin: closed}, "initdb", false},
		"a folder with things":   {Options{Dir: full}, "give an empty folder", true},
		"a folder out of reach":  {Options{Dir: filepath.Join(closed, "below")}, "chmod o+x " + closed, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.onlyRoot && os.Getuid() != 0 {
				t.Skip("only root runs servers as somebody else")
			}
			if _, err := Start(t.Context(), c.options); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
}
