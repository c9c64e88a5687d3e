// Command many copies fleets of images with the built plugin from one repository of the Artifactory double to another,
// and prints what each run cost: requests, how many of them at one time, refusals, time and memory. `make many` runs it
// without arguments: then it fails unless the requests grow with the images and with nothing else, more threads have
// more of them at one time, a server that takes fewer is given fewer, and memory hardly grows. With arguments it
// measures what they name. In any case it fails if an image, or its signature, did not arrive.
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
	all, err := asked(args)
	if err != nil {
		return err
	}
	p, remove, err := build(ctx)
	if err != nil {
		return err
	}
	defer remove()
	for _, s := range all {
		if err := s.run(ctx, p, os.Stdout); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// asked returns the series that the arguments name, or without any those that are checked.
func asked(args []string) ([]series, error) {
	if len(args) == 0 {
		return checked(), nil
	}
	s := series{name: "as asked", images: numbers{10, 100, 1000}, threads: numbers{3}}
	flags := flag.NewFlagSet("many", flag.ContinueOnError)
	flags.Func("images", "numbers of images, such as 10,100", s.images.set)
	flags.Func("threads", "numbers of threads, such as 1,3,8", s.threads.set)
	flags.IntVar(&s.tags, "tags", 1, "tags of each image path")
	flags.DurationVar(&s.latency, "latency", latency, "time that every request takes")
	flags.IntVar(&s.limit.InFlight, "limit", 0, "requests that the server takes at one time before it answers 429; 0 is no limit")
	flags.IntVar(&s.limit.PerSecond, "rate", 0, "requests that the server takes in a second; 0 is no limit")
	flags.DurationVar(&s.limit.RetryAfter, "retry-after", time.Second, "wait that the server asks for with 429")
	return []series{s}, flags.Parse(args)
}
