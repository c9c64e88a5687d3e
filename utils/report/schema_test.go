package report_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inspect"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/report"
)

// schema compiles one of the published schemas. A closed one also refuses fields that it does not describe.
func schema(t *testing.T, name string, closed bool) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "docs", "schema", name+".schema.json"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	document, err := jsonschema.UnmarshalJSON(file)
	require.NoError(t, err)
	if closed {
		closeObjects(document)
	}
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("schema.json", document))
	compiled, err := compiler.Compile("schema.json")
	require.NoError(t, err)
	return compiled
}

func closeObjects(node any) {
	switch node := node.(type) {
	case map[string]any:
		if _, ok := node["properties"].(map[string]any); ok {
			node["additionalProperties"] = false
		}
		for _, below := range node {
			closeObjects(below)
		}
	case []any:
		for _, below := range node {
			closeObjects(below)
		}
	}
}

// instance returns a result as a reader of its JSON sees it.
func instance(t *testing.T, result any) any {
	t.Helper()
	text, err := report.JSON(result)
	require.NoError(t, err)
	read, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	return read
}

func TestPromotionsFollowTheirSchema(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		compiled := schema(t, "promotion", closed)
		for name, result := range promotions(t) {
			assert.NoError(t, compiled.Validate(instance(t, result)), name)
		}
	}
}

func TestStatusesFollowTheirSchema(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		compiled := schema(t, "status", closed)
		for name, result := range statuses(t) {
			assert.NoError(t, compiled.Validate(instance(t, result)), name)
		}
	}
}

// promotions returns a result of every kind.
func promotions(t *testing.T) map[string]*report.Result {
	t.Helper()
	g := graph(t)
	withReferrer := graph(t)
	withReferrer.API = true
	referrer(t, withReferrer)
	move := func(r *plan.Request) { r.Move = true }
	conflicting := plan.Target{Records: map[string]manifest.Manifest{target().Folder(g.Attachments[0].Tag): record(t,
		g.Nodes[g.Root], "sbom", "other")}}
	unsigned := graph(t)
	unsigned.Attachments = nil
	unread := &promotion.Result{
		Request: plan.Request{Source: source(), Target: target()}, Outcome: promotion.Failed,
		Err: failure.ErrNotFound,
	}
	one := func(r *promotion.Result) *report.Result {
		return report.Promotion("promote", r.Outcome == promotion.Planned,
			&promotion.Summary{Results: []*promotion.Result{r}}, nil)
	}
	many := &promotion.Summary{
		Results: []*promotion.Result{
			done(planned(g, plan.Target{}, nil)), broken(planned(g, plan.Target{}, nil)),
			planned(g, equal(g), nil), planned(g, conflicting, nil),
		},
		Remaining: []string{"sha256-" + digest.FromString("gone").Encoded() + ".sig", digest.FromString("untagged").String()},
	}
	return map[string]*report.Result{
		"planned copy": one(planned(g, plan.Target{}, nil)),
		"planned move": one(leaving(planned(g, plan.Target{Tagged: digest.FromString("former")}, move), g,
			plan.StepPlanned)),
		"promoted":  one(leaving(done(planned(g, partly(t, g), move)), g, plan.StepDone)),
		"kept":      one(leaving(done(planned(g, equal(g), move)), g, plan.StepKept)),
		"nothing":   one(planned(g, equal(g), nil)),
		"failed":    one(broken(planned(g, plan.Target{}, nil))),
		"conflict":  one(planned(g, conflicting, nil)),
		"unsigned":  one(planned(unsigned, plan.Target{}, nil)),
		"allowed":   one(done(planned(unsigned, plan.Target{}, func(r *plan.Request) { r.AllowUnsigned = true }))),
		"referrers": one(done(planned(withReferrer, plan.Target{}, nil))),
		"unread":    one(unread),
		"many":      report.Promotion("promote", false, many, nil),
		"no image":  report.Promotion("promote", false, &promotion.Summary{}, nil),
		"no run":    report.Promotion("promote", true, nil, errors.New("no repository")),
	}
}

// equal is a target that holds all of a graph.
func equal(g *attachment.Graph) plan.Target {
	state := plan.Target{Tagged: g.Root, Records: map[string]manifest.Manifest{}}
	for _, a := range g.Attachments {
		state.Records[target().Folder(a.Tag)] = a.Manifest
	}
	return state
}

// partly is a target that has a signature less, and another more.
func partly(t *testing.T, g *attachment.Graph) plan.Target {
	t.Helper()
	i := slices.IndexFunc(g.Attachments, func(a attachment.Attachment) bool { return len(a.Manifest.Content.Layers) == 2 })
	root, last := g.Nodes[g.Root], g.Attachments[len(g.Attachments)-1]
	return plan.Target{Records: map[string]manifest.Manifest{
		target().Folder(g.Attachments[i].Tag): record(t, root, "sig", "key A"),
		target().Folder(last.Tag):             record(t, g.Nodes[last.Subject], "sig", "key A", "key C"),
	}}
}

// statuses returns a result of every kind.
func statuses(t *testing.T) map[string]*report.StatusResult {
	t.Helper()
	g, more := graph(t), graph(t)
	referrer(t, more)
	more.Warnings = []string{"a tag was passed over"}
	lacking := graph(t)
	child := lacking.ImageDigests()[2]
	delete(lacking.Nodes, child)
	lacking.Missing = []digest.Digest{child}
	lacking.Warnings = []string{child.String() + " is not there"}
	other := graph(t)
	other.Root = other.ImageDigests()[1]
	bare := graph(t)
	bare.Attachments = nil
	of := func(i report.StatusImage) *report.StatusResult {
		r := report.NewStatus()
		r.Add(i)
		return r
	}
	torn := report.Graph(source(), g, "")
	torn.Lack([]inspect.Incomplete{{
		Path: source().Folder("1.0"), Digest: g.Root,
		Lacks: []ocispec.Descriptor{{Digest: g.Root}},
	}}, nil)
	torn.Lack(nil, errors.New("no"))
	byDigest := source()
	byDigest.Tag, byDigest.Digest = "", g.Root
	return map[string]*report.StatusResult{
		"one side":         of(report.Graph(source(), g, "")),
		"by digest":        of(report.Graph(byDigest, g, "")),
		"lacks files":      of(torn),
		"child is missing": of(report.Graph(source(), lacking, "")),
		"same":             of(report.Compared(source(), target(), g, graph(t), "")),
		"missing":          of(report.Compared(source(), target(), more, g, "")),
		"extra":            of(report.Compared(source(), target(), g, more, "")),
		"differing":        of(report.Compared(source(), target(), g, differing(t, g), "")),
		"another image":    of(report.Compared(source(), target(), g, other, "")),
		"no target":        of(report.Compared(source(), target(), g, nil, "")),
		"nothing attached": of(report.Compared(source(), target(), bare, bare, "")),
		"failed":           report.NewStatus().Fail(&failure.Failure{Side: failure.Source, Message: "no", Hint: "do"}),
		"nothing":          report.NewStatus(),
	}
}

// differing is the same image with another SBOM, one signature more, and one less.
func differing(t *testing.T, g *attachment.Graph) *attachment.Graph {
	t.Helper()
	there := &attachment.Graph{Image: target().Image, Root: g.Root, Nodes: g.Nodes}
	root, amd64 := g.Nodes[g.Root], g.Nodes[g.ImageDigests()[1]]
	sbom := attach(t, there, root, attachment.KindSBOM, "sbom", "other")
	attach(t, there, root, attachment.KindSignature, "sig", "key A")
	attach(t, there, amd64, attachment.KindSignature, "sig", "key A", "key B")
	attach(t, there, sbom, attachment.KindSignature, "sig", "key A")
	return there
}

// A schema that lets everything pass would prove nothing.
func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	result := promotions(t)["planned move"]
	status := statuses(t)["missing"]
	tests := map[string]struct {
		schema string
		result any
		change func(root, image map[string]any)
	}{
		"no totals":     {"promotion", result, func(root, _ map[string]any) { delete(root, "totals") }},
		"other status":  {"promotion", result, func(root, _ map[string]any) { root["status"] = "fine" }},
		"other outcome": {"promotion", result, func(_, image map[string]any) { image["outcome"] = "there" }},
		"no warnings":   {"promotion", result, func(_, image map[string]any) { image["warnings"] = nil }},
		"other action":  {"promotion", result, func(_, image map[string]any) { first(image, "steps")["action"] = "x" }},
		"other kind":    {"promotion", result, func(_, image map[string]any) { first(image, "attachments")["kind"] = "x" }},
		"short digest": {"promotion", result, func(_, image map[string]any) {
			first(image,
				"attachments")["digest"] = "sha256:1"
		}},
		"no findings":   {"status", status, func(_, image map[string]any) { delete(image, "findings") }},
		"other storage": {"status", status, func(_, image map[string]any) { first(image, "attachments")["storage"] = "x" }},
		"other state":   {"status", status, func(_, image map[string]any) { first(image, "manifests")["state"] = "differs" }},
		"other command": {"status", status, func(root, _ map[string]any) { root["command"] = "promote" }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled, read := schema(t, tt.schema, false), instance(t, tt.result)
			root, ok := read.(map[string]any)
			require.True(t, ok)
			require.NoError(t, compiled.Validate(root))
			root["addition"] = true
			require.NoError(t, compiled.Validate(root), "additions are allowed")
			tt.change(root, first(root, "images"))
			assert.Error(t, compiled.Validate(root))
		})
	}
}

func first(object map[string]any, list string) map[string]any {
	return object[list].([]any)[0].(map[string]any) //nolint:forcetypeassert // a panic fails the test as well
}
