package peers

import (
	"debug/buildinfo"
	"os/exec"
	"path/filepath"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
	"github.com/signed-promote/signed-promote/tests/process"
)

// tool is a way to promote an image.
type tool struct {
	record.Tool
	path string
	// calls returns the arguments of each call; they are made one after another.
	calls func(*world) [][]string
}

// Programs are where the programs are that are always there: the plugin, and this one, which makes the calls of the
// article.
type Programs struct {
	Plugin, Version, Self string
	// Tools is the folder in which the others are.
	Tools string
}

// tools lists all tools, also those that are not installed.
func (p Programs) tools() []tool {
	return []tool{
		{Tool: record.Tool{Name: "signed-promote", Version: p.Version, Command: "`jf signed-promote promote --copy`"}, path: p.Plugin, calls: promote},
		p.peer("cosign", "cosign-v3", "`cosign copy`", cosignCopy),
		p.peer("regctl", "regctl", "`regctl image copy --referrers --digest-tags`", regctlCopy),
		p.peer("oras", "oras", "`oras cp -r`", orasCopy),
		p.peer("crane", "crane", "`crane copy`, of the image and of each suffix tag", craneCopy),
		{
			Tool: record.Tool{Name: "article", Command: "promote, File Info, Copy Item of the .sig, by plain HTTP"},
			path: p.Self, calls: article,
		},
	}
}

// peer finds an installed tool, and its version in the binary itself.
func (p Programs) peer(name, file, command string, calls func(*world) [][]string) tool {
	t := tool{Tool: record.Tool{Name: name, Command: command}, path: filepath.Join(p.Tools, file), calls: calls}
	path, err := exec.LookPath(t.path)
	if err != nil {
		t.Skipped = "not installed: `make tools-" + file + "`"
		return t
	}
	if info, err := buildinfo.ReadFile(path); err == nil {
		t.Version = info.Main.Version
	}
	return t
}

func promote(w *world) [][]string {
	return [][]string{{
		"promote", image + ":" + w.tag(), dev, prod, "--copy", "--url", w.double.URL(), "--user", user,
		"--password", password,
	}}
}

func cosignCopy(w *world) [][]string {
	return [][]string{{"copy", w.source(w.tag()), w.destination(w.tag())}}
}

func regctlCopy(w *world) [][]string {
	args := []string{"--host", "reg=" + w.host() + ",tls=disabled"}
	if w.otherHost {
		args = append(args, "--host", "reg="+w.targetHost()+",tls=disabled")
	}
	return [][]string{append(args, "image", "copy", "--referrers", "--digest-tags", w.source(w.tag()),
		w.destination(w.tag()))}
}

func orasCopy(w *world) [][]string {
	return [][]string{{"cp", "-r", "--from-plain-http", "--to-plain-http", w.source(w.tag()), w.destination(w.tag())}}
}

// craneCopy copies the image, and what the caller knows to be attached to it by a tag.
func craneCopy(w *world) [][]string {
	calls := make([][]string, 0, 1+len(w.shelf.tagged))
	calls = append(calls, []string{"copy", w.source(w.tag()), w.destination(w.tag())})
	for _, t := range w.shelf.tagged {
		calls = append(calls, []string{"copy", w.source(t.tag), w.destination(t.tag)})
	}
	return calls
}

// program makes a call of a tool ready to run.
func (t tool) program(w *world, args []string) process.Program {
	return process.Program{Path: t.path, Args: args, Env: w.environ(), Dir: w.home}
}
