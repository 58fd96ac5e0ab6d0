//go:build !linux

package drill

import "syscall"

// dieWithUs does nothing where the kernel has no such promise.
func dieWithUs(*syscall.SysProcAttr) {}
