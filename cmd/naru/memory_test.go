package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// The goal of the garbage collector stays below what a container gives.
func TestTheMemoryGoalKeepsToTheControlGroup(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for name, c := range map[string]struct {
		files   map[string]string
		allowed int64
		goal    int64
	}{
		"nothing is told": {nil, math.MaxInt64, memoryGoal},
		"no limit": {
			map[string]string{"proc/self/cgroup": "0::/user.slice\n", "sys/fs/cgroup/user.slice/memory.max": "max\n"}, math.MaxInt64, memoryGoal,
		},
		"a container sees its own group as the root": {
			map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "536870912\n"}, 512 * mb, 384 * mb,
		},
		"a unit, with a lower limit above it": {
			map[string]string{
				"proc/self/cgroup": "0::/system.slice/naru.service\n", "sys/fs/cgroup/system.slice/naru.service/memory.max": "1073741824\n",
				"sys/fs/cgroup/system.slice/memory.max": "268435456\n",
			}, 256 * mb, 192 * mb,
		},
		"version 1": {
			map[string]string{"proc/self/cgroup": "5:cpu:/a\n4:memory:/a\n0::/\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1073741824\n"}, 1024 * mb, 768 * mb,
		},
		"version 1 without a limit": {
			map[string]string{"proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 9223372036854771712, memoryGoal,
		},
		"its own path is not there in the container": {
			map[string]string{"proc/self/cgroup": "4:memory:/docker/x\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n"}, 1024 * mb, 768 * mb,
		},
		"more than the goal": {
			map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "17179869184\n"}, 16384 * mb, memoryGoal,
		},
		"not to be read": {
			map[string]string{"proc/self/cgroup": "x\n::\n0::/\n", "sys/fs/cgroup/memory.max": "-5\n"}, math.MaxInt64, memoryGoal,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for file, text := range c.files {
				path := filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if allowed := memoryAllowed(root); allowed != c.allowed || goalWithin(allowed) != c.goal {
				t.Errorf("allowed %d, goal %d; want %d and %d", allowed, goalWithin(allowed), c.allowed, c.goal)
			}
		})
	}
}
