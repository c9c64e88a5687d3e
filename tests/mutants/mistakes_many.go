package main

import "slices"

// manyMistakes break what holds for plans, patterns, builds and file specs, and for very many images.
func manyMistakes() []mutant {
	return slices.Concat(planMistakes(), selectionMistakes(), fleetMistakes(), turnMistakes())
}

func planMistakes() []mutant {
	const check = "utils/planfile/check.go"
	return []mutant{
		{
			name: "apply does not look at the source", file: check,
			right:    "slices.Concat(f.source(f.Images[at], r), f.target(f.Images[at], r), f.steps(r))",
			wrong:    "slices.Concat(f.target(f.Images[at], r), f.steps(r))",
			packages: []string{scenario}, tests: "TestApplyRefusesEveryChange",
		},
		{
			name: "apply does not look at the target", file: check,
			right:    "slices.Concat(f.source(f.Images[at], r), f.target(f.Images[at], r), f.steps(r))",
			wrong:    "slices.Concat(f.source(f.Images[at], r), f.steps(r))",
			packages: []string{scenario}, tests: "TestApplyRefusesEveryChange",
		},
		{
			name: "apply takes what is missing for moved", file: check,
			right:    "		if f.moved[at] && slices.ContainsFunc",
			wrong:    "		if at >= 0 && slices.ContainsFunc",
			packages: []string{scenario}, tests: "TestApplyRefusesEveryChange",
		},
		{
			name: "apply takes its own steps for changes", file: check,
			right:    "d == e.Digest, f.isWritten(Entry{Path: e.Path, Digest: d}):",
			wrong:    "d == e.Digest:",
			packages: []string{scenario}, tests: "TestHalfAppliedPlan|TestPlanAndApply",
		},
		{
			name: "apply looks at one image after another", file: "commands/apply.go",
			right:    "	if len(requests) != 1 || o.DryRun {",
			wrong:    "	if o.DryRun {",
			packages: []string{scenario}, tests: "TestApplyIsAllOrNothing",
		},
		{
			name: "a plan is not binding", file: check,
			right:    "	r.Plan.Binding = true\n",
			wrong:    "",
			packages: []string{scenario}, tests: "TestTargetWrittenWhileApplying",
		},
	}
}

func selectionMistakes() []mutant {
	return []mutant{
		{
			name: "signatures are taken for images", file: "utils/selection/candidates.go",
			right:    "		case !looksAttached, attachment.NamesItself",
			wrong:    "		case looksAttached, !looksAttached, attachment.NamesItself",
			packages: []string{"./utils/selection"}, tests: "Candidates",
		},
		{
			name: "names decide what is an image", file: "utils/attachment/shape.go",
			right:    "	return !attached\n",
			wrong:    "	_, named := Named(tag)\n	return !attached && !named\n",
			packages: []string{"./utils/attachment", scenario}, tests: "TestWhatIsAnImage|LookLikeAttachments",
		},
		{
			name: "anything under the tag of a signature signs", file: "utils/attachment/attachment.go",
			right:    "	return layer.MediaType == simpleSigning && layer.Annotations[signatureNote] != \"\"\n",
			wrong:    "	return layer.Digest != \"\"\n",
			packages: []string{"./utils/attachment"}, tests: "TestWhatIsNoSignature",
		},
		{
			name: "two images go to one place", file: "utils/selection/selected.go",
			right:    "	if len(collisions) == 0 {",
			wrong:    "	if len(collisions) >= 0 {",
			packages: []string{scenario}, tests: "TestCollisions",
		},
		{
			name: "a search that was cut off is complete", file: "utils/selection/find.go",
			right:    "		if err != nil {\n			return Found{}, err\n		}\n",
			wrong:    "		if err != nil {\n			break\n		}\n",
			packages: []string{scenario}, tests: "TestASearchThatFailsIsNotEmpty",
		},
		{
			name: "a move by pattern forgets what was begun", file: "utils/promotion/many.go",
			right:    "	b.run(schedule(o.Begun, true), func",
			wrong:    "	b.run(schedule(o.Begun[:0], true), func",
			packages: []string{scenario}, tests: "TestInterruptedMoveByPattern",
		},
		{
			name: "a build is promoted without its attachments", file: "utils/promotion/build.go",
			right:    "{p.allowed, p.attachments, ",
			wrong:    "{p.allowed, ",
			packages: []string{scenario}, tests: "TestBuildPromote",
		},
		{
			name: "a build is promoted although an image is refused", file: "utils/promotion/build_phases.go",
			right:    "			p.wait(r.Err)\n			return false\n",
			wrong:    "			return true\n",
			packages: []string{scenario}, tests: "TestBuildPromoteRefusals",
		},
		{
			name: "a file spec leaves out what only digests name", file: "utils/inspect/folders.go",
			right:    "		all[a.Home] = append(all[a.Home], below...)\n",
			wrong:    "		_ = below\n",
			packages: []string{scenario}, tests: "TestFileSpec",
		},
	}
}
