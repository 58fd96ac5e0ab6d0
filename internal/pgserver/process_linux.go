package pgserver

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dieWithUs has the kernel tell the process when we are gone, however we went:
// SIGQUIT makes a postmaster end at once and take its children along.
func dieWithUs(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGQUIT }

// processes are all that run on this machine.
func processes() ([]process, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var all []process
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it ended since
		}
		if p, ok := parseStat(string(text)); ok {
			all = append(all, p)
		}
	}
	return all, nil
}

// parseStat reads a line of /proc/PID/stat: "pid (name) state parent ...". The
// name may hold spaces and brackets.
func parseStat(line string) (process, bool) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return process{}, false
	}
	after := strings.Fields(line[end+1:])
	if len(after) < 2 || len(after[0]) != 1 {
		return process{}, false
	}
	pid, err1 := strconv.Atoi(strings.TrimSpace(line[:open]))
	parent, err2 := strconv.Atoi(after[1])
	if err1 != nil || err2 != nil || pid <= 0 || parent < 0 {
		return process{}, false
	}
	return process{pid: pid, parent: parent, state: after[0][0]}, true
}
