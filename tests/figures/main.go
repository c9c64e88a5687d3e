// Command figures prints how the code is shaped: how large files, functions and packages are, how packages and files
// depend on each other, and how one promotion is followed from file to file. The goals stand in goals.go, and a test
// holds those that are met.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
)

func main() {
	root := flag.String("root", ".", "the top of the repository")
	flag.Parse()
	c, err := load(context.Background(), *root)
	if err == nil {
		err = printTable(os.Stdout, measure(c))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}
