package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// ReadAudit reads the result of an audit from a file. What is no result of one, or of one that failed, is an error.
func ReadAudit(name string) (*AuditResult, error) {
	raw, err := os.ReadFile(name) //nolint:gosec // the file that the user names
	if err != nil {
		return nil, err
	}
	r := &AuditResult{}
	if err := json.Unmarshal(raw, r); err != nil {
		return nil, fmt.Errorf("%s is not the JSON result of an audit: %w", name, err)
	}
	if r.Command != "audit" {
		return nil, fmt.Errorf("%s is not the JSON result of an audit", name)
	}
	if r.Error != nil {
		return nil, fmt.Errorf("%s is the result of an audit that failed: %s", name, r.Error.Message)
	}
	return r, nil
}

// MergeAudits joins the results of shards into the one that a run over the whole repository would give. All n of n
// shards of one repository, with the same sources, have to be there, each once.
func MergeAudits(results []*AuditResult) (*AuditResult, error) {
	if err := mergeable(results); err != nil {
		return nil, err
	}
	first := results[0]
	merged := &AuditResult{
		Header: Header{Command: first.Command}, Repo: first.Repo, Sources: first.Sources, Merged: len(results), At: first.At,
		Images: []AuditImage{}, Warnings: []string{},
	}
	for _, r := range results {
		merged.Images = append(merged.Images, r.Images...)
		merged.Warnings = append(merged.Warnings, r.Warnings...)
		merged.Totals.Untagged += r.Totals.Untagged
		merged.Totals.Unreadable += r.Totals.Unreadable
		merged.HTTP.Requests += r.HTTP.Requests
		merged.HTTP.SentBytes += r.HTTP.SentBytes
		merged.HTTP.ReceivedBytes += r.HTTP.ReceivedBytes
		merged.DurationMs = max(merged.DurationMs, r.DurationMs)
		if r.At.Before(merged.At) {
			merged.At = r.At
		}
	}
	slices.SortFunc(merged.Images, func(a, b AuditImage) int {
		return cmp.Or(cmp.Compare(a.Image, b.Image),
			cmp.Compare(a.Tag, b.Tag))
	})
	slices.Sort(merged.Warnings)
	merged.count()
	return merged, nil
}

func mergeable(results []*AuditResult) error {
	seen := map[string]bool{}
	total := 0
	for _, r := range results {
		var index, n int
		if r.Repo != results[0].Repo || !slices.Equal(r.Sources, results[0].Sources) {
			return fmt.Errorf("the results are of different audits: %s with sources %v, and %s with sources %v", results[0].Repo,
				results[0].Sources, r.Repo, r.Sources)
		}
		if _, err := fmt.Sscanf(r.Shard, "%d/%d", &index, &n); err != nil {
			return fmt.Errorf("a result of %s is of no shard: only those of audit --shard i/n can be joined", r.Repo)
		}
		if seen[r.Shard] || total != 0 && total != n {
			return fmt.Errorf("shard %s of %s does not belong to the others, or is there twice", r.Shard, r.Repo)
		}
		seen[r.Shard], total = true, n
	}
	if len(results) != total {
		return fmt.Errorf("%d of %d shards of %s are there; all are needed", len(results), total, results[0].Repo)
	}
	return nil
}
