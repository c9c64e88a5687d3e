package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
	"github.com/signed-promote/signed-promote/tests/live/internal/report"
	"github.com/signed-promote/signed-promote/tests/live/internal/scenario"
)

// atOnce is how many statements are checked at the same time: servers limit searches to three.
const atOnce = 3

// statements checks everything that can be asked, after reading the nonces back.
func (s *session) statements(ctx context.Context) error {
	if err := s.pair.Check(ctx); err != nil {
		return err
	}
	var chosen []contract.Statement
	for _, statement := range contract.All() {
		if s.only.MatchString(statement.ID) {
			chosen = append(chosen, statement)
		}
	}
	bench, lines := s.bench(), make([]report.Line, len(chosen))
	group, inGroup := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, statement := range chosen {
		group.Go(func() error {
			verdict := bench.Run(inGroup, statement)
			if inGroup.Err() == nil {
				lines[i] = report.NewLine(statement, verdict)
			}
			return inGroup.Err()
		})
	}
	err := group.Wait()
	for _, line := range lines {
		// One that was interrupted says nothing.
		if line.ID != "" {
			s.tell(line)
		}
	}
	s.unreachable()
	return err
}

// tell takes a line into the report and shows it.
func (s *session) tell(line report.Line) {
	s.report.Statements = append(s.report.Statements, line)
	s.printf("%s", report.StatementRow(line))
}

// unreachable reports what nobody asked.
func (s *session) unreachable() {
	for _, statement := range contract.Unreachable() {
		if s.only.MatchString(statement.ID) {
			v := contract.Verdict{Outcome: contract.Untestable, Found: contract.Reason(statement.ID)}
			s.tell(report.NewLine(statement, v))
		}
	}
}

// scenarios promotes and verifies, one scenario after another.
func (s *session) scenarios(ctx context.Context) error {
	if s.plugin == "" {
		s.report.Notes = append(s.report.Notes, "No scenario was run: --plugin was not given.")
		return nil
	}
	if err := s.pair.Check(ctx); err != nil {
		return err
	}
	setup := &scenario.Setup{
		Client: s.client, Pair: s.pair, Redactor: s.redactor, Plugin: s.plugin, User: s.env.user, Token: s.env.token, Registry: s.env.registry,
	}
	for _, c := range scenario.All() {
		if !s.only.MatchString(c.Name) {
			continue
		}
		result := setup.Run(ctx, c)
		if err := interrupted(ctx, result); err != nil {
			return err
		}
		s.report.Scenarios = append(s.report.Scenarios, result)
		s.printf("%s", report.ScenarioRow(result))
	}
	return nil
}

// interrupted reports whether a scenario was ended by the user. The tools get the same signal, and may be faster than
// the news of it.
func interrupted(ctx context.Context, result scenario.Result) error {
	if !result.Passed {
		select {
		case <-ctx.Done():
		case <-time.After(time.Second / 4):
		}
	}
	return ctx.Err()
}

// conclude writes the report.
func (s *session) conclude() error {
	if len(s.report.Statements)+len(s.report.Scenarios) == 0 {
		return fmt.Errorf("%w: no statement and no scenario has a name that matches %s", errUsage, s.only)
	}
	if s.showServer {
		s.report.Server = s.client.Base()
	} else {
		s.secrets = append(s.secrets, s.client.Host())
	}
	s.printf("\n%s", s.report.Summary())
	raw, err := s.report.JSON()
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{s.json, raw}, {s.markdown, s.report.Markdown()}} {
		if err := s.write(file.name, file.content); err != nil {
			return err
		}
	}
	return s.verdict()
}

func (s *session) write(name string, content []byte) error {
	if name == "" {
		return nil
	}
	if err := report.Guard(content, s.secrets...); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := os.WriteFile(name, content, 0o644); err != nil { //nolint:gosec // a report is made to be shown
		return err
	}
	s.printf("report: %s\n", name)
	return nil
}

func (s *session) verdict() error {
	untested := 0
	for _, line := range s.report.Statements {
		if line.Outcome == contract.Untestable && contract.Reason(line.ID) == "" {
			untested++
		}
	}
	switch {
	case s.report.Count(contract.Refuted) > 0, s.report.Failed() > 0, s.strict && untested > 0:
		return errRefuted
	default:
		return nil
	}
}
