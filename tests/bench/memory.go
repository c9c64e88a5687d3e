package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// watchMemory looks at the greatest resident set of a process until the function that it returns is called, which gives it in MB. What
// the system reports after the end will not do: it counts the parent's memory at the time of the fork. Without /proc it is 0.
func watchMemory(pid int) (peak func() int64) {
	var most int64
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			most = max(most, residentMB(pid))
			select {
			case <-ended:
				return
			case <-ticker.C:
			}
		}
	})
	return func() int64 {
		close(ended)
		watching.Wait()
		return most
	}
}

// residentMB reads the high water mark of a process.
func residentMB(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	kb, _ := strconv.ParseInt(string(found[1]), 10, 64)
	return kb >> 10
}
