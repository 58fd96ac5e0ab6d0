package pgserver

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// callerVariable turns this test program into one that starts a server, says
// its processes and waits for its end.
const callerVariable = "PGSERVER_TEST_CALLER"

func TestKilledCallerLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, doing := range []string{"running", "paused"} {
		t.Run(doing, func(t *testing.T) {
			t.Parallel()
			wanted(t)
			caller := exec.Command(os.Args[0])
			caller.Env = append(os.Environ(), callerVariable+"="+doing, "PGSERVER_TEST_DIR="+cluster(t))
			caller.Stderr = os.Stderr
			out, err := caller.StdoutPipe()
			must(t, err)
			must(t, caller.Start())
			var pids []int
			for _, word := range strings.Fields(nextLine(t, bufio.NewScanner(out))) {
				pid, err := strconv.Atoi(word)
				must(t, err)
				pids = append(pids, pid)
			}
			must(t, caller.Process.Kill())
			_ = caller.Wait() // "signal: killed"
			soon, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := await(soon, pids, process.gone); err != nil {
				t.Errorf("some of the processes %v are still there: %v", pids, err)
			}
		})
	}
}

func beCaller() {
	s, err := Start(context.Background(), Options{Dir: os.Getenv("PGSERVER_TEST_DIR")})
	if err == nil && os.Getenv(callerVariable) == "paused" {
		err = s.Pause()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// A program that is killed cannot do it later.
	if err = os.RemoveAll(s.sockets); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	pids, err := familyOf(s.PID())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(strings.Trim(fmt.Sprint(pids), "[]"))
	select {}
}
