package report_test

import (
	"fmt"
	"testing"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/report"
)

func TestView(t *testing.T) {
	g := graph(t)
	one := leaving(planned(g, plan.Target{Tagged: g.Attachments[0].Manifest.Digest}, func(r *plan.Request) { r.Move = true }), g, promotion.StepPlanned)
	r := report.Promotion("promote", true, &promotion.Summary{Results: []*promotion.Result{one}, Remaining: []string{g.Attachments[0].Tag, g.Root.String()}}, nil)
	fmt.Println(r.Table())
	two := broken(planned(g, plan.Target{}, nil))
	r = report.Promotion("promote", false, &promotion.Summary{Results: []*promotion.Result{one, two}, Remaining: []string{g.Attachments[0].Tag}}, nil)
	fmt.Println(r.Table())
	s := report.NewStatus()
	s.Add(report.Graph(source(), g, ""))
	s.Add(report.Compared(source(), target(), g, nil, ""))
	referrer(t, g)
	s.Add(report.Compared(source(), target(), g, graph(t), ""))
	s.Add(report.Compared(source(), target(), graph(t), g, ""))
	fmt.Println(s.Tree())
}
