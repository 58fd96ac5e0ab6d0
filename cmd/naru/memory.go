package main

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

// Garbage is collected when the heap has grown to four times what is in use, or
// at the goal: a crowd makes much that is thrown away at once, and at twice,
// the usual, a sixth of the time of a booking went there. The goal is memoryGoal,
// or three quarters of what the control group (a container, a systemd unit) gives
// this process where that is less: the rest is for stacks, SQLite's maps and the
// kernel's buffers. GOGC and GOMEMLIMIT say otherwise.
const (
	heapGrowth = 300
	memoryGoal = 2 << 30
)

func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(goalWithin(memoryAllowed("/")))
	}
}

// goalWithin is the goal of a process that may have so many bytes.
func goalWithin(allowed int64) int64 { return min(memoryGoal, allowed/4*3) }

// memoryAllowed is the least of the limits of the control groups this process is in,
// of either version, in bytes; math.MaxInt64 when there is none or none can be read.
// root is "/", but for tests.
func memoryAllowed(root string) int64 {
	allowed := int64(math.MaxInt64)
	groups, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return allowed // no Linux, or nothing is told
	}
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // hierarchy:controllers:path
		if len(parts) != 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		if parts[1] == "memory" {
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		} else if parts[1] != "" {
			continue
		}
		for dir := filepath.Clean("/" + parts[2]); ; dir = filepath.Dir(dir) { // a limit above holds below
			allowed = min(allowed, memoryLimit(filepath.Join(root, mount, dir, file)))
			if dir == "/" {
				break
			}
		}
	}
	return allowed
}

// memoryLimit reads one limit; math.MaxInt64 when the file says none or is not there:
// in a container the group's own path may not be.
func memoryLimit(path string) int64 {
	text, err := os.ReadFile(path) //nolint:gosec // the kernel's own files
	if err != nil {
		return math.MaxInt64
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n <= 0 { // "max"
		return math.MaxInt64
	}
	return n
}
