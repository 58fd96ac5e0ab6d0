package pgserver

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

// process is one line of the system's list.
type process struct {
	pid, parent int
	state       byte
}

// stopped is also a process that stands still under a tracer.
func (p process) stopped() bool { return p.state == 'T' || p.state == 't' || p.gone() }

// gone is also a process whose parent has not asked yet how it ended.
func (p process) gone() bool { return p.state == 'Z' || p.state == 'X' }

// freeze stops the postmaster, which then starts no further process, and after
// it all the others. It returns the whole family.
func freeze(ctx context.Context, p *program) (family []int, err error) {
	head := []int{p.pid}
	if err := signal(p.pid, syscall.SIGSTOP); err != nil {
		return nil, err
	}
	if err := await(ctx, head, process.stopped); err != nil {
		return nil, err
	}
	if family, err = familyOf(p.pid); err != nil {
		return nil, err
	}
	for _, pid := range family {
		if err := signal(pid, syscall.SIGSTOP); err != nil {
			return nil, err
		}
	}
	return family, await(ctx, family, process.stopped)
}

// familyOf is a process and all below it, itself first.
func familyOf(pid int) ([]int, error) {
	all, err := processes()
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, p := range all {
		if !p.gone() {
			children[p.parent] = append(children[p.parent], p.pid)
		}
	}
	family := []int{pid}
	for i := 0; i < len(family); i++ {
		family = append(family, children[family[i]]...)
	}
	return family, nil
}

// await waits until each of the processes is as wanted, or no longer there.
func await(ctx context.Context, pids []int, wanted func(process) bool) error {
	return until(ctx, func() (bool, error) {
		all, err := processes()
		if err != nil {
			return false, err
		}
		waiting := map[int]bool{}
		for _, p := range all {
			waiting[p.pid] = !wanted(p)
		}
		for _, pid := range pids {
			if waiting[pid] {
				return false, nil
			}
		}
		return true, nil
	})
}

// signal tells a process something; that it is gone already is no error.
func signal(pid int, what syscall.Signal) error {
	if err := syscall.Kill(pid, what); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("%v to process %d: %w", what, pid, err)
	}
	return nil
}
