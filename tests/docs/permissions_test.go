package docs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// row is a line of the table in docs/permissions.md: a command and what it takes on both sides.
type row struct {
	command        string
	source, target []string
}

var tableRow = regexp.MustCompile("(?m)^\\| `(jf signed-promote [^`]+)` \\| ([A-Za-z, ]*)\\| ([A-Za-z, ]*)\\|$")

func rows(t *testing.T) []row {
	t.Helper()
	var all []row
	for _, p := range pages(t) {
		if p.path != "docs/permissions.md" {
			continue
		}
		for _, m := range tableRow.FindAllStringSubmatch(p.text, -1) {
			all = append(all, row{command: m[1], source: rights(m[2]), target: rights(m[3])})
		}
	}
	require.Greater(t, len(all), 10)
	return all
}

func rights(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ' ' })
}

// TestPermissionsTable runs each line of the table as a user who has what it says, and then with each of those rights
// less.
func TestPermissionsTable(t *testing.T) {
	t.Parallel()
	shared := newMaterial(t)
	for _, r := range rows(t) {
		t.Run(r.command, func(t *testing.T) {
			t.Parallel()
			enough := r.outcome(t, shared, "", "")
			assert.Contains(t, []string{"0", "5"}, enough[:1], "with all that the table names: %s", enough)
			for _, side := range []string{"source", "target"} {
				for n, right := range r.side(side) {
					if testing.Short() && n < len(r.side(side))-1 {
						continue // The strongest of each side stands for the others.
					}
					less := r.outcome(t, shared, side, right)
					assert.NotEqual(t, enough, less, "%s at the %s is not needed", right, side)
				}
			}
		})
	}
}

func (r row) side(side string) []string {
	if side == "source" {
		return r.source
	}
	return r.target
}

var (
	times  = regexp.MustCompile(`\([0-9]+ requests?, [0-9.]+ s\)|journal: \S+`)
	digits = regexp.MustCompile(`[0-9a-f]{12,}`)
)

// outcome runs the command with the rights of the row but one, and gives exit code and output without what differs from
// run to run.
func (r row) outcome(t *testing.T, m *material, side, without string) string {
	t.Helper()
	w := newWorld(t, m)
	w.server.AddUser(artifactory.User{Name: user, Password: password, Grants: []artifactory.Grant{
		grant(r.place("source"), less(r.source, side == "source", without)), grant(r.place("target"),
			less(r.target, side == "target", without)),
	}})
	w.server.Age(48 * time.Hour) // prune spares what is young
	s := newShell(t, w)
	l := s.execute(r.command, false)
	require.Len(t, l.calls, 1, r.command)
	return fmt.Sprint(l.calls[0].code, " ", digits.ReplaceAllString(times.ReplaceAllString(l.output, ""), "…"))
}

// place returns the repository of a side: what prune names is its target, and where the images may be its source.
func (r row) place(side string) string {
	prunes := strings.Contains(r.command, " prune ")
	if (side == "source") != prunes {
		return dev
	}
	return prod
}

func less(rights []string, here bool, without string) []string {
	return slices.DeleteFunc(slices.Clone(rights), func(r string) bool { return here && r == without })
}

func grant(repo string, rights []string) artifactory.Grant {
	return artifactory.Grant{
		Repo: repo, Read: slices.Contains(rights, "Read"), Annotate: slices.Contains(rights, "Annotate"),
		Deploy: slices.Contains(rights, "Deploy"), Delete: slices.Contains(rights, "Delete"),
	}
}
