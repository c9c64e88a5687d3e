package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/process"
)

const (
	// auditedImages is how many tags the audited repository has, tagsPerImage of them on each image path.
	auditedImages = 20_000
	tagsPerImage  = 50
	// searchBudget is for AQL requests, memoryBudget for the greatest resident set, in MB; probesEach is what may be
	// asked about a digest before it is called unsigned.
	searchBudget, memoryBudget, probesEach = 60, 150, 5
)

// census counts what an audit has to ask for, as it was stored.
type census struct {
	indexes, fallbacks, unexplained, doubtful int
	// copies are attachments that are elsewhere: each may be in a quarantine, which a property on its folder tells.
	copies int
	states map[string]int
}

// allowed is one GET for each distinct index, fallback tag and digest manifest that nothing explains, and the probes
// for each digest about to be called unsigned, and one for each copy elsewhere.
func (c census) allowed() int {
	return searchBudget + c.indexes + c.fallbacks + c.unexplained + probesEach*c.doubtful + c.copies
}

// populate stores the images: of every 20, 5 single-platform with a .sig, 7 indexes, 5 with a bundle, 2 with a fallback
// tag, and one that lost its signature, or of which it is damaged.
func populate(f *fixture.Fixture, s *artifactory.Server) census {
	c := census{states: map[string]int{}}
	for n := range auditedImages {
		name, tag := fmt.Sprintf("team-%d/app-%d", n/tagsPerImage%20, n/tagsPerImage), fmt.Sprintf("1.%d", n%tagsPerImage)
		c.store(f, s, name, n, tag)
	}
	return c
}

func (c *census) store(f *fixture.Fixture, s *artifactory.Server, name string, n int, tag string) {
	here, there := f.Image(prod, name), f.Image(dev, name)
	content, key := fmt.Sprint("image ", n), fmt.Sprint("key ", n)
	state := "signed"
	switch kind := n % 20; {
	case kind < 5:
		here.Sign(here.Single(tag, content), key)
	case kind < 12:
		here.Sign(here.Platforms(tag, content, "linux/amd64", "linux/arm64").Digest, key)
		c.indexes++
	case kind < 17:
		here.Bundle(here.Single(tag, content), signing, key)
		c.unexplained++
	case kind < 19:
		here.Notation(here.Single(tag, content), key)
		c.fallbacks++
		c.unexplained++
	case n/20%5 > 0:
		there.Sign(here.Single(tag, content), key)
		state = "lost"
		c.doubtful++
		c.copies++
	default:
		d := here.Single(tag, content)
		signature, _ := f.Manifest(here.Sign(d, key))
		s.DeletePath(here.Repo, here.Name+"/"+fixture.SuffixTag("", d,
			"sig")+"/sha256__"+signature.Layers[0].Digest.Encoded())
		state = "broken"
		c.doubtful++
	}
	c.states[state]++
}

// audited is what working on a large repository cost.
type audited struct {
	census
	audit, repair, again run
}

// run is one call of the plugin.
type run struct {
	requests, searches int
	memory             int64
	wall               time.Duration
	totals             map[string]int
}

// auditLarge audits a large repository, repairs it, and audits it once more.
func auditLarge(ctx context.Context, p plugin) (audited, error) {
	double := artifactory.NewServer(
		artifactory.WithRepository(artifactory.Repository{Key: dev}),
		artifactory.WithRepository(artifactory.Repository{Key: prod}),
		artifactory.WithUser(artifactory.User{Name: user, Password: password, Admin: true}),
	)
	server := httptest.NewServer(double)
	defer server.Close()
	double.SetURL(server.URL)
	a := audited{census: populate(fixture.New(double), double)}
	var err error
	if a.audit, err = p.whole(ctx, double, "audit"); err != nil {
		return a, err
	}
	if err := a.agrees(a.audit.totals); err != nil {
		return a, err
	}
	if a.repair, err = p.whole(ctx, double, "repair"); err != nil {
		return a, err
	}
	if a.again, err = p.whole(ctx, double, "audit"); err != nil {
		return a, err
	}
	a.states["signed"], a.states["lost"] = a.states["signed"]+a.states["lost"], 0
	return a, a.agrees(a.again.totals)
}

// whole runs a command for whole repositories.
func (p plugin) whole(ctx context.Context, double *artifactory.Server, command string) (run, error) {
	double.ResetLog()
	program := process.Program{
		Path: p.path,
		Args: []string{
			command, prod, "--source-repos", dev, "--format", "json", "--threads", "8", "--url", double.URL(), "--user", user, "--password", password,
		},
		Env: append(os.Environ(), "CI=true", "HOME="+p.home, "JFROG_CLI_HOME_DIR="+p.home),
	}
	output, err := program.Run(ctx)
	r := run{memory: output.Memory >> 20, wall: output.Wall}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 5) {
		return r, fmt.Errorf("%s: %w", command, err)
	}
	for _, one := range double.Log() {
		r.requests++
		if strings.HasSuffix(one.Path, "/api/search/aql") {
			r.searches++
		}
	}
	var result struct{ Totals map[string]int }
	err = json.Unmarshal(output.Stdout, &result)
	r.totals = result.Totals
	return r, err
}

// agrees compares a result with what was stored.
func (c census) agrees(totals map[string]int) error {
	for state, n := range c.states {
		if totals[state] != n {
			return fmt.Errorf("%d images are %s, not %d", n, state, totals[state])
		}
	}
	return nil
}

func (a *audited) write(w io.Writer) error {
	_, err := fmt.Fprintf(w, `
audit of %d images with one source repository: %d signed, %d lost, %d broken
  requests %s, searches among them %s, memory %s, %.0f s
  budget: %d searches + %d indexes + %d fallback tags + %d manifests that nothing explains + %d probes for each of %d digests that seem unsigned + %d copies elsewhere
repair: %d images brought back, %d failed, %d requests, %d MB, %.0f s
audit after it: %d signed, %d lost, %d broken
`,
		auditedImages, a.audit.totals["signed"], a.audit.totals["lost"], a.audit.totals["broken"],
		against(strconv.Itoa(a.audit.requests), strconv.Itoa(a.allowed())), against(strconv.Itoa(a.audit.searches),
			strconv.Itoa(searchBudget)),
		against(fmt.Sprintf("%d MB", a.audit.memory), fmt.Sprintf("%d MB", memoryBudget)), a.audit.wall.Seconds(),
		searchBudget, a.indexes, a.fallbacks, a.unexplained, probesEach, a.doubtful, a.copies,
		a.repair.totals["success"], a.repair.totals["failure"], a.repair.requests, a.repair.memory, a.repair.wall.Seconds(),
		a.again.totals["signed"], a.again.totals["lost"], a.again.totals["broken"])
	return err
}
