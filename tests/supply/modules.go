package supply

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Platform is an operating system and an architecture.
type Platform struct{ OS, Arch string }

// ParsePlatforms reads "linux/amd64 windows/amd64 …".
func ParsePlatforms(s string) ([]Platform, error) {
	var all []Platform
	for _, one := range strings.Fields(s) {
		system, arch, ok := strings.Cut(one, "/")
		if !ok {
			return nil, fmt.Errorf("%q is not a platform: write linux/amd64", one)
		}
		all = append(all, Platform{OS: system, Arch: arch})
	}
	if len(all) == 0 {
		return nil, errors.New("no platform is given")
	}
	return all, nil
}

// String is as Go writes it.
func (p Platform) String() string { return p.OS + "/" + p.Arch }

// Env is the environment in which Go builds for the platform as a release does, without any setting of this machine.
func (p Platform) Env() []string {
	return append(os.Environ(), "GOOS="+p.OS, "GOARCH="+p.Arch, "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOWORK=off",
		"GOEXPERIMENT=",
		"GO386=", "GOAMD64=", "GOARM=", "GOARM64=", "GOPPC64=")
}

// Module is a module of which at least one package is compiled in.
type Module struct {
	Path, Version string
	// Dir is where its source is, and Packages the folders of its packages that are compiled in.
	Dir      string
	Packages []string
}

// Modules lists the modules of a plugin in folder dir for the platforms together, sorted; the plugin's own is not among
// them.
func Modules(ctx context.Context, dir string, platforms []Platform) ([]Module, error) {
	byPath := map[string]*Module{}
	for _, p := range platforms {
		if err := collect(ctx, dir, p, byPath); err != nil {
			return nil, err
		}
	}
	all := make([]Module, 0, len(byPath))
	for _, m := range byPath {
		slices.Sort(m.Packages)
		m.Packages = slices.Compact(m.Packages)
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b Module) int { return cmp.Compare(a.Path, b.Path) })
	return all, nil
}

// listed is what is needed of the output of `go list`.
type listed struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

func collect(ctx context.Context, dir string, p Platform, byPath map[string]*Module) error {
	command := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Dir,Module", ".")
	command.Dir, command.Env, command.Stderr = dir, p.Env(), os.Stderr
	output, err := command.Output()
	if err != nil {
		return fmt.Errorf("go list for %s: %w", p, err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var one listed
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("go list for %s: %w", p, err)
		}
		if m := one.Module; m != nil && !m.Main {
			if byPath[m.Path] == nil {
				byPath[m.Path] = &Module{Path: m.Path, Version: m.Version, Dir: m.Dir}
			}
			byPath[m.Path].Packages = append(byPath[m.Path].Packages, one.Dir)
		}
	}
}
