package report

import "io"

// HTML is a stand-in until the page is there.
func HTML(w io.Writer, r *AuditResult) error { return JUnit(w, r) }
