package report

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/signed-promote/signed-promote/utils/sanitize"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// junitSuites is the form that CI systems read: a suite for each image path, a case for each tag.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Time     string      `xml:"timestamp,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Error   *junitFailure `xml:"error,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes an audit as JUnit XML: an image with findings is a failure, one that nothing could be told of an error.
// An audit that failed is one error.
func JUnit(w io.Writer, r *AuditResult) error {
	all := junitSuites{Name: "audit of " + r.Repo}
	if r.Error != nil {
		all.add(r, AuditImage{
			Image: r.Repo, Tag: "audit", State: "unknown",
			Findings: []AuditFinding{{Problem: "failed", Message: r.Error.Message, Fix: r.Error.Hint}},
		})
	}
	for _, i := range r.Images {
		all.add(r, i)
	}
	if r.Totals.Unreadable > 0 {
		unreadable := AuditImage{Image: r.Repo, Tag: "audit", State: "unknown"}
		for _, w := range r.Warnings {
			unreadable.Findings = append(unreadable.Findings, AuditFinding{Problem: "unreadable", Message: w})
		}
		all.add(r, unreadable)
	}
	var text strings.Builder
	text.WriteString(xml.Header)
	encoder := xml.NewEncoder(&text)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, sanitize.Lines(text.String())+"\n")
	return err
}

func (s *junitSuites) add(r *AuditResult, i AuditImage) {
	if len(s.Suites) == 0 || s.Suites[len(s.Suites)-1].Name != i.Image {
		s.Suites = append(s.Suites, junitSuite{Name: i.Image, Time: r.At.Format("2006-01-02T15:04:05")})
	}
	suite := &s.Suites[len(s.Suites)-1]
	one := junitCase{Class: r.Repo + "/" + i.Image, Name: i.Tag}
	if len(i.Findings) > 0 {
		failure := &junitFailure{Message: i.State, Type: i.Findings[0].Problem, Text: i.junitText()}
		if i.State == "unknown" {
			one.Error = failure
			s.Errors++
			suite.Errors++
		} else {
			one.Failure = failure
			s.Failures++
			suite.Failures++
		}
	}
	s.Tests++
	suite.Tests++
	suite.Cases = append(suite.Cases, one)
}

func (i AuditImage) junitText() string {
	lines := make([]string, 0, 1+2*len(i.Findings))
	lines = append(lines, i.Digest)
	for _, f := range i.Findings {
		lines = append(lines, terminal.Printable(i.about(f)), "  "+terminal.Printable(f.Fix))
	}
	return strings.Join(lines, "\n")
}
