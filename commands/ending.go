package commands

import (
	"time"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/planfile"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/report"
)

// ending is what the commands that promote have in common once they have done their work.
type ending struct {
	// command is the full name.
	command string
	session *session
	invocation
	outputOptions
	planOption
	failNoOpOption
	// build is nil unless a build is promoted; planned is how, for the plan.
	build   *report.Build
	planned *planfile.Build
}

// conclude writes the plan, if one was asked for, prints the result and chooses the exit code. err is an error that no
// single image can be blamed for.
func (e ending) conclude(summary *promotion.Summary, err error) error {
	result := report.Promotion(e.command, e.session.engine.DryRun, summary, err).OfBuild(e.build)
	if e.planning() && result.Status != report.Failure && result.Status != report.RefusedRun {
		if err := e.write(summary, result); err != nil {
			return err
		}
	}
	result.HTTP, result.DurationMs = e.session.traffic()
	if err := e.print(e.invocation, printable{json: result, text: result.Table}); err != nil {
		return err
	}
	e.summarise(result)
	return endOfPromotion(result, e.failNoOp)
}

// write writes a plan that is complete: what was refused or failed cannot be agreed to.
func (e ending) write(summary *promotion.Summary, result *report.Result) error {
	plan := planfile.New(planfile.Origin{
		Command: e.command, Tool: e.userAgent, Server: e.session.address, Time: time.Now(), Build: e.planned,
	}, summary.Results)
	sum, err := plan.Write(e.planFile)
	if err != nil {
		return err
	}
	result.PlanFile = &report.PlanFile{File: e.planFile, SHA256: sum}
	log.Info("The plan is in " + e.planFile + ". To carry it out:\n  " + Program + " apply " + e.planFile +
		" --plan-sha256 " + sum)
	return nil
}
