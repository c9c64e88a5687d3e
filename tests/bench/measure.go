package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/budget"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

const (
	// latency of each request while requests are counted, so that what can run side by side does.
	latency = 20 * time.Millisecond
	// slowLatency is the one that the budgets of time are for.
	slowLatency = 50 * time.Millisecond
	// repetitions of everything that is timed; the median counts.
	repetitions = 5
)

// plugin is the built plugin, and a home without configuration.
type plugin struct{ home, path string }

// measurement is what a case cost.
type measurement struct {
	budget.Case
	stats artifactory.Stats
	// wall at latency; slow at slowLatency, only where there is a budget for it.
	wall, slow time.Duration
}

func measure(ctx context.Context, p plugin, c budget.Case) (measurement, error) {
	m := measurement{Case: c}
	var err, slowErr error
	m.stats, m.wall, err = runAll(ctx, p, c, latency)
	if c.Limits.Wall > 0 {
		_, m.slow, slowErr = runAll(ctx, p, c, slowLatency)
	}
	return m, errors.Join(err, slowErr)
}

// runAll repeats a case, each time with a new server, and gives the counts of the run with the most requests and the
// median time.
func runAll(ctx context.Context, p plugin, c budget.Case,
	latency time.Duration,
) (worst artifactory.Stats, median time.Duration, err error) {
	var walls []time.Duration
	for range repetitions {
		stats, wall, err := runOnce(ctx, p, c, latency)
		if err != nil {
			return worst, 0, err
		}
		if stats.Requests > worst.Requests {
			worst = stats
		}
		walls = append(walls, wall)
	}
	return worst, middle(walls), nil
}

func runOnce(ctx context.Context, p plugin, c budget.Case,
	latency time.Duration,
) (artifactory.Stats, time.Duration, error) {
	double := artifactory.NewServer(
		artifactory.WithRepository(artifactory.Repository{Key: dev}),
		artifactory.WithRepository(artifactory.Repository{Key: prod}),
		artifactory.WithUser(artifactory.User{Name: user, Password: password, Admin: true}),
	)
	server := httptest.NewServer(double)
	defer server.Close()
	double.SetURL(server.URL)
	if c.NoAPI {
		double.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff })
	}
	f := fixture.New(double)
	c.Prepare(f.Image(dev, budget.Image))
	if c.Beside != nil {
		c.Beside(f.Image(prod, budget.Image))
	}
	if c.Again {
		if _, err := p.promote(ctx, double.URL(), args(c)); err != nil {
			return artifactory.Stats{}, 0, err
		}
	}
	double.SetLatency(latency)
	double.ResetLog()
	wall, err := p.promote(ctx, double.URL(), args(c))
	stats := double.Stats()
	if err == nil && c.Again != (stats.Writes == 0) {
		err = fmt.Errorf("%d writes", stats.Writes)
	}
	return stats, wall, err
}

// promote runs the plugin and gives the time from its start to its end.
func (p plugin) promote(ctx context.Context, url string, more []string) (time.Duration, error) {
	args := slices.Concat([]string{
		"promote", budget.Image + ":" + budget.Tag, dev, prod, "--url", url, "--user", user,
		"--password", password,
	}, more)
	return p.run(ctx, args...)
}

// startTime is the median time that the plugin takes to tell its signature.
func (p plugin) startTime(ctx context.Context) (time.Duration, error) {
	var walls []time.Duration
	for range 4 * repetitions {
		wall, err := p.run(ctx, "hidden-plugin-signature")
		if err != nil {
			return 0, err
		}
		walls = append(walls, wall)
	}
	return middle(walls), nil
}

func (p plugin) run(ctx context.Context, args ...string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, p.path, args...) //nolint:gosec // the plugin that was just built
	cmd.Env = append(os.Environ(), "CI=true", "HOME="+p.home, "JFROG_CLI_HOME_DIR="+p.home)
	start := time.Now()
	output, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, output)
	}
	return time.Since(start), err
}

// middle returns the median of an odd number of times, or the later one of the two in the middle.
func middle(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
