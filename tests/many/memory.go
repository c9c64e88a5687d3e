package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// watchMemory looks at a process every now and then, and gives the greatest resident set in MB that the system told of. What wait
// reports afterwards counts this process's own memory, which the fork shares for a moment. Without /proc it is 0.
func watchMemory(pid int) (peak func() int64) {
	stop, most := make(chan struct{}), make(chan int64)
	go func() {
		var kb int64
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			kb = max(kb, highWater(pid))
			select {
			case <-tick.C:
			case <-stop:
				tick.Stop()
				most <- kb >> 10
				return
			}
		}
	}()
	return func() int64 {
		close(stop)
		return <-most
	}
}

// highWater is the greatest resident set of a process so far, in kB. A process that has ended has none.
func highWater(pid int) (kb int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			return kb
		}
	}
	return 0
}
