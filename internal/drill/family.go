package drill

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// procStat is what /proc/PID/stat says of a process.
type procStat struct {
	pid, parent int
	used        time.Duration // its own
	buried      time.Duration // of children it has waited for
}

// familyCPU is the processor time of a process and all below it, also of those
// that have ended; 0 where that is not known.
func familyCPU(pid int) time.Duration {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || pid <= 0 {
		return 0
	}
	children := map[int][]procStat{}
	var sum time.Duration
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the kernel's
		if err != nil {
			continue // it ended since
		}
		p, ok := parseProcStat(string(text))
		if !ok {
			continue
		}
		children[p.parent] = append(children[p.parent], p)
		if p.pid == pid {
			sum = p.used + p.buried
		}
	}
	for family := []int{pid}; len(family) > 0; family = family[1:] {
		for _, c := range children[family[0]] {
			sum += c.used + c.buried
			family = append(family, c.pid)
		}
	}
	return sum
}

// parseProcStat reads "pid (name) state parent ..."; the name may hold spaces and
// brackets.
func parseProcStat(line string) (procStat, bool) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return procStat{}, false
	}
	after := strings.Fields(line[end+1:])
	const parent, user, system, childUser, childSystem = 1, 11, 12, 13, 14
	if len(after) <= childSystem {
		return procStat{}, false
	}
	whole := true
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		whole = whole && err == nil && n >= 0
		return n
	}
	p := procStat{pid: number(strings.TrimSpace(line[:open])), parent: number(after[parent])}
	p.used = time.Duration(number(after[user])+number(after[system])) * tick
	p.buried = time.Duration(number(after[childUser])+number(after[childSystem])) * tick
	return p, whole
}
