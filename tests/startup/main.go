// Command startup measures what jf pays for the plugin on each of its own invocations: it asks every plugin for its
// name. It prints the size of each binary that is named, and the time of `hidden-plugin-signature`. The binaries are
// run in turn, so that whatever else the machine does meets all of them.
//
//	go run ./tests/startup [-runs N] <binary>...
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

func main() {
	runs := flag.Int("runs", 50, "how often each binary is run")
	flag.Parse()
	if err := measure(context.Background(), *runs, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, runs int, binaries []string) error {
	times := make([][]time.Duration, len(binaries))
	for range runs {
		for i, binary := range binaries {
			took, err := start(ctx, binary)
			if err != nil {
				return fmt.Errorf("%s: %w", binary, err)
			}
			times[i] = append(times[i], took)
		}
	}
	fmt.Printf("%10s %10s %10s  %s\n", "size", "fastest", "median", "binary")
	for i, binary := range binaries {
		info, err := os.Stat(binary)
		if err != nil {
			return err
		}
		slices.Sort(times[i])
		fmt.Printf("%7.1f MB %7.1f ms %7.1f ms  %s\n", float64(info.Size())/1e6, ms(times[i][0]),
			ms(times[i][len(times[i])/2]), binary)
	}
	return nil
}

// start runs a binary once. It must print something, or it is no plugin.
func start(ctx context.Context, binary string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, binary, "hidden-plugin-signature")
	began := time.Now()
	output, err := cmd.Output()
	took := time.Since(began)
	if err == nil && len(output) == 0 {
		err = fmt.Errorf("it printed nothing")
	}
	return took, err
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
