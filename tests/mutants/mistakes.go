package main

import "slices"

// mutant is one mistake: what stands in a file, once, and what is written in its place.
type mutant struct {
	name         string
	file         string
	right, wrong string
	// packages and tests are where it has to be noticed.
	packages []string
	tests    string
	// flags are for the tests of a single package.
	flags []string
}

// everyRequest makes the tests of layouts try each request: a gap of one is noticed in no other way.
func everyRequest() []string { return []string{"-layouts.all"} }

const (
	layouts  = "./tests/layouts"
	scenario = "./tests/scenario"
)

func mutants() []mutant {
	return slices.Concat(orderMistakes(), raceMistakes(), recordMistakes(), permissionMistakes(), variantMistakes(),
		manyMistakes(), policyMistakes(),
		inventoryMistakes(), moveMistakes(), findingMistakes(), clientMistakes())
}

// orderMistakes break guarantees 1 and 4.
func orderMistakes() []mutant {
	const carryOut = "utils/promotion/promote.go"
	return []mutant{
		{
			name: "promote first", file: carryOut,
			right:    "	err := e.linkTorn(ctx, &result.Execution)\n",
			wrong:    "	if err := e.place(ctx, i, result); err != nil {\n		return err\n	}\n	err := e.linkTorn(ctx, &result.Execution)\n",
			packages: []string{layouts}, tests: "TestEveryLayoutArrives",
		},
		{
			name: "skip the file list", file: "utils/promotion/whole.go",
			right:    "	torn := p.torn(needs, seen.contents)\n",
			wrong:    "	torn := p.torn(nil, seen.contents)\n",
			packages: []string{layouts}, tests: "TestHalfDone",
		},
		{
			name: "count what was there before as whole", file: "utils/promotion/state.go",
			right:    "	state.torn(ctx)\n",
			wrong:    "",
			packages: []string{layouts}, tests: "TestHalfDone",
		},
		{
			name: "promote although an attachment failed", file: carryOut,
			right:    "	if err != nil {\n		return err\n	}\n	if err := e.place(ctx, i, result); err != nil {",
			wrong:    "	if err := e.place(ctx, i, result); err != nil {",
			packages: []string{layouts}, tests: "TestAnErrorIsNeverNothingAttached|TestFaultMatrix",
		},
		{
			name: "delete early", file: carryOut,
			right: "	if err := e.place(ctx, i, result); err != nil {",
			wrong: "	if p.Move {\n		if err := e.cleaner().Clean(ctx, p.Graph, p.Request, &result.Execution, result.memory); err != nil {\n			return err\n		}\n	}\n" +
				"	if err := e.place(ctx, i, result); err != nil {",
			packages: []string{layouts}, tests: "TestCrashSweep|TestEveryLayoutArrives",
		},
		{
			name: "delete without a look directly before", file: "utils/promotion/internal/cleanup/cleanup.go",
			right:    "if !maps.Equal(now, c.state) {",
			wrong:    "if false && !maps.Equal(now, c.state) {",
			packages: []string{layouts}, tests: "TestSourceTaggedInEveryGap",
		},
		{
			name: "delete a folder whatever lies inside", file: "utils/tagfolder/tagfolder.go",
			right:    "	if len(inside.Folders) == 0 {\n",
			wrong:    "	if inside.Folders = nil; len(inside.Folders) == 0 {\n",
			packages: []string{"./utils/tagfolder", scenario}, tests: "TestDelete|TestImageBelowATagThatArrived",
		},
		{
			name: "delete what something else needs", file: "utils/attachment/reachable.go",
			right:    "	for i, name := range names {\n		group.Go(",
			wrong:    "	for i, name := range names[:0] {\n		group.Go(",
			packages: []string{layouts, scenario}, tests: "TestMoveKeepsWhatIsShared|TestEveryLayoutArrives",
		},
	}
}

// raceMistakes break what holds when others write at the same time.
func raceMistakes() []mutant {
	return []mutant{
		{
			name: "no read back of the image", file: "utils/promotion/place.go",
			right:    "	if err == nil {\n		err = p.arrived(ctx, p.plan.Target.Tag, step.Before)\n	}\n",
			wrong:    "",
			packages: []string{layouts}, tests: "TestSourcePushedInEveryGap/^single,_empty,_copy,_image$", flags: everyRequest(),
		},
		{
			name: "no last look at the source tag", file: "utils/promotion/place.go",
			right:    "Resolve(ctx, source.Image, source.Tag)\n	if err != nil || d == p.plan.Graph.Root {",
			wrong:    "Resolve(ctx, source.Image, source.Tag)\n	if d != \"\" {",
			packages: []string{layouts, scenario}, tests: "TestSourcePushed",
		},
		{
			name: "a last look is taken too early", file: "utils/promotion/attach.go",
			right:    "	pushed, written, err := e.bringAttachments(ctx, run)\n",
			wrong:    "	if beside != nil {\n		_ = beside()\n		beside = nil\n	}\n	pushed, written, err := e.bringAttachments(ctx, run)\n",
			packages: []string{layouts}, tests: "TestSourcePushedInEveryGap/^single,_empty,_copy,_image$", flags: everyRequest(),
		},
		{
			name: "a file list proves what it does not show", file: "utils/promotion/readback.go",
			right:    "		if held == u.step.Digest && len(",
			wrong:    "		if shown != nil || held == u.step.Digest && len(",
			packages: []string{layouts}, tests: "TestSomebodyElseSigns/several",
		},
		{
			name: "nothing is taken back", file: "utils/promotion/rollback.go",
			right:    "	outcome, err := p.undo(ctx, former, got)\n",
			wrong:    "	outcome, err := \"\", error(nil)\n",
			packages: []string{layouts}, tests: "TestSourcePushedInEveryGap/^single,_empty,_copy,_image$", flags: everyRequest(),
		},
		{
			name: "no read back of a record", file: "utils/promotion/record.go",
			right:    "	for try := range settleTries {\n",
			wrong:    "	if s.copied {\n		return nil\n	}\n	for try := range settleTries {\n",
			packages: []string{layouts}, tests: "TestSomebodyElseSigns",
		},
		{
			name: "a write is repeated without a look at the state", file: "utils/remote/change.go",
			right:    "		happened, lookErr := done(uncut)\n",
			wrong:    "		happened, lookErr := false, error(nil)\n		change, again = first, first\n",
			packages: []string{layouts}, tests: "TestFaultMatrix/^(single|bundle),_empty,_copy$", flags: everyRequest(),
		},
	}
}

// recordMistakes break guarantees 2, 6, 7 and 9.
func recordMistakes() []mutant {
	return []mutant{
		{
			name: "what a list lacks counts as deleted", file: "utils/promotion/internal/cleanup/cleanup.go",
			right:    "		if err := c.confirmGone(ctx, name); err != nil {\n",
			wrong:    "		if err := ctx.Err(); err != nil {\n",
			packages: []string{layouts}, tests: "TestAFileListThatIsNotWhole",
		},
		{
			name: "any 404 is believed", file: "utils/transport/marks.go",
			right:    "	if resp.StatusCode != http.StatusNotFound {\n",
			wrong:    "	if resp != nil {\n",
			packages: []string{"./utils/registry", layouts}, tests: "TestA404OfSomebodyElse|TestHalfTheAnswersAreStrange",
		},
		{
			name: "layers keyed by digest", file: "utils/manifest/entries.go",
			right:    "	for _, name := range slices.Sorted(maps.Keys(e.Annotations)) {",
			wrong:    "	for _, name := range slices.Sorted(maps.Keys(e.Annotations))[:0] {",
			packages: []string{"./utils/merge", layouts}, tests: ".",
		},
		{
			name: "the target's record is replaced", file: "utils/plan/decide.go",
			right:    "		return TransferMerge, MergeAttachment, true\n",
			wrong:    "		return TransferReplace, UpdateAttachment, true\n",
			packages: []string{"./utils/plan", layouts}, tests: ".",
		},
		{
			name: "an error is no attachment", file: "utils/registry/referrers.go",
			right:    "	case http.StatusBadRequest, ",
			wrong:    "	case http.StatusForbidden, http.StatusUnauthorized, http.StatusBadRequest, ",
			packages: []string{"./utils/registry", layouts}, tests: ".",
		},
		{
			name: "a dry run may write", file: "utils/transport/readonly.go",
			right:    "	if t.opts.ReadOnly && !read {",
			wrong:    "	if false && t.opts.ReadOnly && !read {",
			packages: []string{"./utils/transport"}, tests: ".",
		},
		{
			name: "another port is the same host", file: "utils/transport/origin.go",
			right:    "port: u.Port()}",
			wrong:    "port: \"443\"}",
			packages: []string{"./utils/transport"}, tests: ".",
		},
	}
}
