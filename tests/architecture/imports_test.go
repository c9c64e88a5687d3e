package architecture

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// everything stands for all packages below utils.
const everything = "utils/*"

// mayImport says for each package of the plugin which of our own it may use. Imports point downwards only, and what
// decides (attachment, plan, promotion, audit, prune) sees servers only through interfaces that it declares itself.
func mayImport() map[string][]string {
	leaves := []string{"utils/failure", "utils/reference"}
	oci := with(leaves, "utils/manifest")
	graph := with(oci, "utils/attachment")
	planned := with(graph, "utils/merge", "utils/plan")
	return map[string][]string{
		"main":     {"commands", everything},
		"commands": {everything, "commands/internal/option"},
		"commands/internal/option": {
			"utils/arguments", "utils/artifactory", "utils/attachment", "utils/inventory", "utils/jfrog", "utils/plan",
			"utils/policy", "utils/reference", "utils/selection", "utils/transport", "utils/wildcard",
		},
		"utils/failure":      nil,
		"utils/filespec":     nil,
		"utils/memo":         nil,
		"utils/parallel":     nil,
		"utils/sanitize":     nil,
		"utils/reference":    {"utils/failure"},
		"utils/terminal":     {"utils/sanitize"},
		"utils/arguments":    {"utils/failure"},
		"utils/manifest":     leaves,
		"utils/wildcard":     nil,
		"utils/transport":    {"utils/failure", "utils/sanitize"},
		"utils/jfrog":        {"utils/failure", "utils/sanitize", "utils/transport"},
		"utils/artifactory":  with(oci, "utils/transport", "utils/memo", "utils/sanitize"),
		"utils/registry":     with(oci, "utils/transport", "utils/memo", "utils/sanitize"),
		"utils/attachment":   oci,
		"utils/merge":        oci,
		"utils/tagfolder":    oci,
		"utils/plan":         with(graph, "utils/merge"),
		"utils/policy":       with(graph, "utils/arguments"),
		"utils/outlook":      with(graph, "utils/policy"),
		"utils/verification": with(graph, "utils/policy", "utils/memo"),
		"utils/remote":       with(graph, "utils/memo", "utils/parallel", "utils/tagfolder"),
		"utils/inspect":      with(graph, "utils/parallel", "utils/remote"),

		"utils/promotion/internal/cleanup": with(planned, "utils/remote", "utils/inspect", "utils/tagfolder"),

		"utils/promotion": with(planned, "utils/policy", "utils/memo", "utils/parallel", "utils/remote", "utils/inspect",
			"utils/tagfolder", "utils/promotion/internal/cleanup"),
		"utils/build":     with(graph, "utils/artifactory"),
		"utils/planfile":  with(planned, "utils/promotion"),
		"utils/selection": with(graph, "utils/artifactory", "utils/wildcard"),
		"utils/inventory": with(graph, "utils/parallel", "utils/tagfolder", "utils/wildcard"),
		"utils/audit":     with(graph, "utils/inventory", "utils/parallel"),
		"utils/prune":     with(graph, "utils/inventory", "utils/parallel", "utils/tagfolder"),
		"utils/repair":    with(planned, "utils/audit", "utils/inventory", "utils/parallel", "utils/promotion"),
		"utils/report": with(planned, "utils/inspect", "utils/sanitize", "utils/terminal", "utils/promotion", "utils/policy", "utils/outlook",
			"utils/audit", "utils/inventory", "utils/prune", "utils/repair"),
	}
}

// with returns a new list, so that lists which share a beginning do not overwrite each other's end.
func with(list []string, more ...string) []string { return slices.Concat(list, more) }

// outside restricts imports from outside the module: a prefix of import paths, and the packages that may have them
// (only) or must not (never).
type outside struct {
	prefix      string
	only, never []string
}

func outsideRules() []outside {
	pure := []string{
		"utils/reference", "utils/manifest", "utils/attachment", "utils/merge", "utils/plan", "utils/policy",
		"utils/outlook",
	}
	verifiers := []string{"utils/verification"}
	return []outside{
		{prefix: "github.com/jfrog/jfrog-cli-core", only: []string{"main", "commands", "commands/internal/option", "utils/jfrog"}},
		{prefix: "github.com/jfrog/", never: pure},
		{prefix: "net/http", never: pure},
		{prefix: "oras.land/", never: pure},
		{prefix: "github.com/sigstore/", only: verifiers},
		{prefix: "github.com/notaryproject/", only: verifiers},
		{prefix: module + "/tests", only: []string{}},
		{prefix: "github.com/stretchr/testify", only: []string{}},
		{prefix: "testing", only: []string{}},
	}
}

func TestImportsPointDownwards(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		assert.Empty(t, importViolations(p))
	}
}

func importViolations(p goPackage) []string {
	if !p.inPlugin() {
		return nil
	}
	allowed, known := mayImport()[p.name()]
	if !known {
		return []string{p.name() + " has no place in the table of imports"}
	}
	var found []string
	for _, imported := range p.Imports {
		own, isOwn := strings.CutPrefix(imported, module+"/")
		below := strings.HasPrefix(own, "utils/") && slices.Contains(allowed, everything)
		if isOwn && !below && !slices.Contains(allowed, own) {
			found = append(found, fmt.Sprintf("%s must not import %s", p.name(), own))
		}
		found = append(found, outsideViolations(p.name(), imported)...)
	}
	return found
}

func outsideViolations(name, imported string) []string {
	var found []string
	for _, rule := range outsideRules() {
		forbidden := slices.Contains(rule.never, name) || rule.only != nil && !slices.Contains(rule.only, name)
		if forbidden && strings.HasPrefix(imported, rule.prefix) {
			found = append(found, fmt.Sprintf("%s must not import %s", name, imported))
		}
	}
	return found
}

func TestImportViolationsAreFound(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, imported string
		want           int
	}{
		"downwards":                  {"utils/plan", module + "/utils/attachment", 0},
		"commands see all of utils":  {"commands", module + "/utils/report", 0},
		"upwards":                    {"utils/attachment", module + "/utils/plan", 1},
		"a decider sees a server":    {"utils/promotion", module + "/utils/artifactory", 1},
		"commands import main's own": {"commands", module + "/commands/sub", 1},
		"pure code talks HTTP":       {"utils/plan", "net/http", 1},
		"cli-core in the wrong room": {"utils/artifactory", "github.com/jfrog/jfrog-cli-core/v2/utils/config", 1},
		"cli-core in the right room": {"utils/jfrog", "github.com/jfrog/jfrog-cli-core/v2/utils/config", 0},
		"the double in the plugin":   {"commands", module + "/tests/artifactory", 2},
		"a package nobody placed":    {"utils/helpers", "strings", 1},
		"tests may import anything":  {"tests/e2e", "github.com/jfrog/jfrog-cli-core/v2/utils/config", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := goPackage{ImportPath: module + "/" + tt.name, Imports: []string{tt.imported}}
			assert.Len(t, importViolations(p), tt.want)
		})
	}
}

// The plugin registry builds with the module as it is: a replace directive would not reach those who import it.
func TestNoReplaceDirectives(t *testing.T) {
	t.Parallel()
	edited := runGo(t, "mod", "edit", "-json")
	require.Contains(t, string(edited), `"Require"`)
	assert.Contains(t, string(edited), `"Replace": null`)
}
