//go:build !linux

package pgserver

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// dieWithUs can do nothing here: a server outlives a program that was killed,
// and must be stopped by hand.
func dieWithUs(*syscall.SysProcAttr) {}

// processes are all that run on this machine, as ps tells.
func processes() ([]process, error) {
	text, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,state=").Output()
	if err != nil {
		return nil, fmt.Errorf("ps: %w", err)
	}
	var all []process
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		pid, err1 := strconv.Atoi(fields[0])
		parent, err2 := strconv.Atoi(fields[1])
		if err1 == nil && err2 == nil {
			all = append(all, process{pid: pid, parent: parent, state: fields[2][0]})
		}
	}
	return all, nil
}
