package pgserver

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// usual are the settings of every server. They make it as durable as one that
// is meant to stay, so that a crash proves something and a measurement is fair.
var usual = []struct{ name, value, why string }{
	{"fsync", "on", "a commit is on the disk, not in the page cache"},
	{"synchronous_commit", "on", "a commit is answered after its fsync, and after the standby's if one is named"},
	{"full_page_writes", "on", "a page torn by a crash is mended from the log"},
	{"wal_level", "replica", "the log carries what a standby needs"},
	{"hot_standby", "on", "a standby answers, so that it can be asked whether it follows"},
	{"max_connections", "200", "three nodes with their pools, and the one who looks on"},
	{"shared_buffers", "256MB", "the tables of a drill fit, several servers fit on a laptop"},
	{"max_wal_size", "4GB", "no checkpoint is forced in the middle of a measurement"},
	{"checkpoint_timeout", "15min", "nor does one begin by the clock"},
	{"log_checkpoints", "off", "the log is for what went wrong"},
	{"log_line_prefix", "%m [%p] ", "a line of the log says when, and which process"},
	{"timezone", "UTC", "times are stored and read in UTC"},
	{"log_timezone", "UTC", "and logged in UTC"},
	{"lc_messages", "C", "messages are English wherever it runs"},
	{"dynamic_shared_memory_type", "mmap", "a killed server leaves nothing outside its folder"},
}

// own are the settings a caller cannot replace: URL, SocketURL and the promise
// to listen on loopback rest on them.
var own = []string{"listen_addresses", "port", "unix_socket_directories", "data_directory", "external_pid_file"}

func checkSettings(settings map[string]string) error {
	for name := range settings {
		if slices.Contains(own, strings.ToLower(name)) {
			return fmt.Errorf("setting %s is the server's own", name)
		}
		if strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_.") != "" {
			return fmt.Errorf("%q is not the name of a setting", name)
		}
	}
	return nil
}

// configuration is the text of postgresql.conf. Of two lines with one name the
// server heeds the later.
func (s *Server) configuration() string {
	var text strings.Builder
	line := func(name, value, why string) {
		quoted := strings.NewReplacer(`\`, `\\`, `'`, `''`, "\n", `\n`).Replace(value)
		fmt.Fprintf(&text, "%s = '%s'  # %s\n", name, quoted, why)
	}
	for _, u := range usual {
		line(u.name, u.value, u.why)
	}
	for _, name := range slices.Sorted(maps.Keys(s.settings)) {
		line(name, s.settings[name], "asked for by the caller")
	}
	line("listen_addresses", "127.0.0.1", "nobody outside this machine")
	line("port", strconv.Itoa(s.port), "free when the server was made, kept over a restart")
	line("unix_socket_directories", s.sockets, "a folder of its own; only its owner enters")
	return text.String()
}

// configure writes postgresql.conf. What ALTER SYSTEM set is in another file
// and stays.
func (s *Server) configure() error {
	return os.WriteFile(filepath.Join(s.data(), "postgresql.conf"), []byte(s.configuration()), 0o644)
}
