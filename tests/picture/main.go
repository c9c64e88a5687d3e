// Command picture makes the picture in the README: it runs the demo, keeps what that printed as a transcript, and draws
// the lines that tell the story as a terminal recording in SVG. `make picture` brings cosign. A test holds the picture
// against the transcript.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

const (
	transcriptFile = "demo.txt"
	pictureFile    = "demo.svg"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, filepath.Join("docs", "picture"))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

// run writes both files. A demo that fails leaves the old ones.
func run(ctx context.Context, folder string) error {
	var printed bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "run", "./tests/demo")
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&printed, os.Stdout), os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the demo failed: %w", err)
	}
	transcript := printed.String()
	if err := os.WriteFile(filepath.Join(folder, transcriptFile), []byte(transcript), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, pictureFile), []byte(draw(pick(transcript))), 0o600)
}
