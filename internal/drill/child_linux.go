package drill

import "syscall"

// dieWithUs has the kernel kill the process when we are gone, however we went.
func dieWithUs(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGKILL }
