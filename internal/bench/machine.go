package bench

import (
	"os"
	"runtime"
	"strings"
	"time"
)

// facts says on what and when it is measured: without them a figure means nothing.
func (b *bench) facts() {
	b.say("machine: %s, %d cores, %s, %s %s", processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, line("/proc/sys/kernel/osrelease"))
	b.say("load average at the start: %s", line("/proc/loadavg"))
	b.say("date: %s; folder: %s (%s)", time.Now().Format(time.RFC3339), b.Dir, fileSystem(b.Dir))
	if fileSystem(b.Dir) == inMemory {
		b.say("WARNING: the folder is in memory, where nothing is durable; give one on a disk with --data")
	}
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH // another kind of system
	}
	for l := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(l, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// line is a file of one line; "unknown" where there is none.
func line(name string) string {
	text, err := os.ReadFile(name) //nolint:gosec // two files of the system
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

// load1 is the load of the last minute: work of others spoils a run.
func load1() string {
	short, _, _ := strings.Cut(line("/proc/loadavg"), " ")
	return short
}

// inMemory is a file system that forgets.
const inMemory = "tmpfs"
