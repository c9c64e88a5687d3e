// Command many copies fleets of images with the built plugin from one repository of the Artifactory double to another, and prints what
// each run cost: requests, how many of them at one time, refusals, time and memory. `make many` runs it. It fails if an image, or its
// signature, did not arrive, or if the costs are not those of docs/many-images.md: requests that grow with the images and nothing else,
// and memory that hardly grows.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := many(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "many:", err)
		os.Exit(1)
	}
}

func many(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("many", flag.ContinueOnError)
	var s series
	flags.Func("images", "numbers of images, such as 10,100", s.images.set)
	flags.Func("threads", "numbers of threads, such as 1,3,8", s.threads.set)
	flags.IntVar(&s.tags, "tags", 1, "tags of each image path")
	flags.DurationVar(&s.latency, "latency", 20*time.Millisecond, "time that every request takes")
	flags.IntVar(&s.limit.InFlight, "limit", 0, "requests that the server takes at one time before it answers 429; 0 is no limit")
	flags.IntVar(&s.limit.PerSecond, "rate", 0, "requests that the server takes in a second; 0 is no limit")
	flags.DurationVar(&s.limit.RetryAfter, "retry-after", time.Second, "wait that the server asks for with 429")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p, remove, err := build(ctx)
	if err != nil {
		return err
	}
	defer remove()
	return s.run(ctx, p, os.Stdout)
}
