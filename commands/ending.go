package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/planfile"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/sanitize"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// ending is what the commands that promote have in common once they have done their work.
type ending struct {
	// command is the full name.
	command string
	session *session
	invocation
	option.Output
	option.Plan
	option.NoOp
	// build is nil unless a build is promoted; planned is how, for the plan.
	build   *report.Build
	planned *planfile.Build
}

// conclude writes the plan, if one was asked for, prints the result and chooses the exit code. err is an error that no
// single image can be blamed for.
func (e ending) conclude(summary *promotion.Summary, err error) error {
	result := report.Promotion(e.command, e.session.engine.DryRun, summary, err).OfBuild(e.build)
	if e.Planning() && result.Status != report.Failure && result.Status != report.RefusedRun {
		if err := e.write(summary, result); err != nil {
			return err
		}
	}
	result.Traffic = e.session.traffic()
	if err := e.show(e.Format, result); err != nil {
		return err
	}
	return endOfPromotion(result, e.FailNoOp)
}

// write writes a plan that is complete: what was refused or failed cannot be agreed to.
func (e ending) write(summary *promotion.Summary, result *report.Result) error {
	plan := planfile.New(planfile.Origin{
		Command: e.command, Tool: e.userAgent, Server: e.session.address, Time: time.Now(), Build: e.planned,
	}, summary.Results)
	sum, err := plan.Write(e.PlanFile)
	if err != nil {
		return err
	}
	result.PlanFile = &report.PlanFile{File: e.PlanFile, SHA256: sum}
	log.Info("The plan is in " + e.PlanFile + ". To carry it out:\n  " + Program + " apply " + e.PlanFile +
		" --plan-sha256 " + sum)
	return nil
}

// summarise adds a result to the file that a CI system shows with the run. The result itself is on stdout: that the
// file cannot be written is told, and is no reason to fail what is done.
func (i invocation) summarise(r summarised) {
	if i.summary == "" {
		return
	}
	if err := appendTo(i.summary, r.Summary()+"\n"); err != nil {
		log.Warn(fmt.Sprintf("The summary could not be written (%s): %v", option.SummaryVariable, err))
	}
}

// appendTo adds to a file, which other steps may have begun.
func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the file that the CI system names
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// endOfPromotion tells on stderr what the table may not have room for, and chooses the exit code.
func endOfPromotion(r *report.Result, failNoOp bool) error {
	warn(r)
	return endAs(r.Status, causeOf(r), failNoOp)
}

// endAs chooses the exit code for the status of a run that changes something.
func endAs(status report.Status, cause error, failNoOp bool) error {
	switch {
	case status == report.NothingToDo && failNoOp:
		return ended(outcomeNothingDone, nil)
	case status == report.RefusedRun:
		return ended(outcomeRefused, cause)
	case status == report.Failure:
		return ended(outcomeFailed, cause)
	default:
		return nil
	}
}

// shownWarnings bounds what is told of many images; the JSON has all.
const shownWarnings = 20

func warn(r *report.Result) {
	var all []string
	for _, i := range r.Images {
		all = append(all, i.Warnings...)
	}
	warnOf(all[:min(len(all), shownWarnings)])
	if more := len(all) - shownWarnings; more > 0 {
		log.Warn(fmt.Sprintf("and %d more warnings, which --format json shows", more))
	}
}

// warnOf tells of warnings on stderr.
func warnOf(warnings []string) {
	for _, w := range warnings {
		log.Warn(onStderr(sanitize.Line(w)))
	}
}

// shownErrors bounds how many errors are told of; the table names every image that failed.
const shownErrors = 50

// causeOf joins the messages of what failed; nil if nothing did.
func causeOf(r *report.Result) error {
	var all []error
	if r.Error != nil {
		all = append(all, errors.New(withHint(r.Error)))
	}
	for _, i := range r.Images {
		if i.Error != nil {
			all = append(all, errors.New(withHint(i.Error)))
		}
	}
	if more := len(all) - shownErrors; more > 0 {
		all = append(all[:shownErrors], fmt.Errorf("and %d more errors, which --format json shows", more))
	}
	return errors.Join(all...)
}

// result is what a command prints as JSON, or as text for people.
type result interface {
	Text(on terminal.Screen) string
}

// summarised is a result that has a form in Markdown, too.
type summarised interface {
	result
	Summary() string
}

// show prints a result, and adds it to the summary of the CI system.
func (i invocation) show(format option.Format, r summarised) error {
	err := i.print(format, r)
	if err == nil {
		i.summarise(r)
	}
	return err
}

// print writes a result to stdout in the form that was asked for.
func (i invocation) print(format option.Format, r result) error {
	if i.bar != nil {
		i.bar.End()
	}
	if format != option.FormatJSON {
		return printText(i.Out, r.Text(i.Out.Screen))
	}
	return report.WriteJSON(i.Out, r)
}

// printText leaves stdout alone when there is nothing to show.
func printText(w io.Writer, text string) error {
	if text == "" {
		return nil
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// withHint puts the hint of an error under its message, for stderr.
func withHint(e *report.Error) string {
	message := sanitize.Line(e.Message)
	if e.Hint == "" {
		return message
	}
	return strings.TrimRight(message, ".") + ".\n  " + e.Hint
}
