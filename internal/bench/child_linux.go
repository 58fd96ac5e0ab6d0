package bench

import (
	"os/exec"
	"syscall"
)

// endWithUs lets a program end when the bench is killed.
func endWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// askToEndWithUs lets a program end in good order when the bench is killed.
func askToEndWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
