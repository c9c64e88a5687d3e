//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// residentMB gives the greatest resident set of a process that has ended, in MB.
func residentMB(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss) >> 20 //nolint:unconvert // 32 bits on some platforms
	}
	return int64(usage.Maxrss) >> 10 //nolint:unconvert // 32 bits on some platforms
}
