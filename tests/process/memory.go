package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

// sampling is often enough for a program that lives for some milliseconds, and too seldom to disturb it.
const sampling = 2 * time.Millisecond

// watchMemory looks at the greatest resident set of a process until the function that it returns is called, which gives
// it in bytes. What the system reports after the end will not do: it counts the parent's memory at the time of the
// fork. Without /proc it is 0.
func watchMemory(pid int) (peak func() int64) {
	var most int64
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		ticker := time.NewTicker(sampling)
		defer ticker.Stop()
		for {
			most = max(most, resident(pid))
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

// resident reads the high water mark of a process.
func resident(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	return kb << 10
}
