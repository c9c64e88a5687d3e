// Command vuln asks whether known vulnerabilities can be reached in the plugin, with govulncheck. Its database is asked
// over the network; where that cannot be reached, a snapshot of it is taken, which comes as a Go module, and where
// there is none either nothing is checked. Neither counts as passed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// unsure is the exit code of a check that is not worth as much as it should be; EX_TEMPFAIL of sysexits.
const unsure = 75

func main() {
	tools := flag.String("tools", ".tools", "where the tools are")
	outcome := flag.String("outcome", "", "a file to write to how it ended, when that is neither success nor failure")
	flag.Parse()
	notes, err := run(context.Background(), *tools)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vuln:", err)
		os.Exit(1)
	}
	if len(notes) == 0 {
		return
	}
	if *outcome != "" {
		if err := os.WriteFile(*outcome, []byte(strings.Join(notes, ", ")), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, "vuln:", err)
			os.Exit(1)
		}
	}
	os.Exit(unsure)
}

// run returns the reasons why the check is not a full one, each in two words.
func run(ctx context.Context, tools string) (notes []string, err error) {
	report, err := scan(ctx, tools)
	if errors.Is(err, errNoDatabase) {
		fmt.Println("NOT CHECKED:", err)
		return []string{"not checked"}, nil
	}
	if err != nil {
		return nil, err
	}
	if report.snapshot != "" {
		fmt.Println("The database cannot be reached: this is its snapshot in", report.snapshot)
		notes = append(notes, "snapshot")
	}
	accepted, err := acceptances("tests/vuln/accepted.txt")
	if err != nil {
		return nil, err
	}
	mine, stdlib := report.split()
	if len(stdlib) > 0 {
		fmt.Printf("%s itself has %d known vulnerabilities that the plugin can reach: build releases with %s or newer\n",
			runtime.Version(), len(stdlib), newest(stdlib))
		notes = append(notes, "old Go")
	}
	return notes, judge(mine, accepted)
}
