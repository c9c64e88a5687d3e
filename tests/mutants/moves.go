package main

// moveMistakes break what a move tells and leaves.
func moveMistakes() []mutant {
	return []mutant{
		{
			name: "call a move that kept its tag promoted", file: "utils/promotion/result.go",
			right:    "	if r.TagStays {",
			wrong:    "	if false && r.TagStays {",
			packages: []string{scenario}, tests: "TestAMoveThatHasToKeepItsTag",
		},
		{
			name: "delete what something was attached to meanwhile", file: "utils/attachment/remainder.go",
			right:    "	return subject, attached && there && m.Digest != subject\n",
			wrong:    "	return subject, false && attached && there && m.Digest != subject\n",
			packages: []string{scenario}, tests: "TestSourceChangedBeforeTheDeletes",
		},
		{
			name: "hold a rerun of a move to nothing", file: "utils/promotion/hold.go",
			right:    "	if e.Verifier == nil && r.AllowUnsigned {",
			wrong:    "	if true || e.Verifier == nil && r.AllowUnsigned {",
			packages: []string{scenario}, tests: "TestARefusedRerunDeletesNothing",
		},
		{
			name: "count what keep leaves at the source", file: "utils/plan/waived.go",
			right:    "		if !carried || item.Transfer == TransferNone || item.Transfer == TransferKeep {",
			wrong:    "		if !carried || item.Transfer == TransferNone {",
			packages: []string{scenario}, tests: "TestARerunCountsNoSignature",
		},
		{
			name: "believe that a tag which may need something is not there", file: "utils/remote/shown.go",
			right:    "	return n.reader.ShownManifest(ctx, n.side, image, ref)",
			wrong:    "	return n.Reader.Manifest(ctx, image, ref)",
			packages: []string{scenario}, tests: "TestAMoveDeletesNothingThatADenied",
		},
		{
			name: "look no more after the last delete", file: "utils/promotion/internal/cleanup/cleanup.go",
			right:    "	if len(c.stays) == 0 || c.repushed {",
			wrong:    "	if true || len(c.stays) == 0 || c.repushed {",
			packages: []string{layouts}, tests: "TestTheLastOfTwoJobsTakesTheRest",
		},
		{
			name: "read every manifest in every round", file: "utils/attachment/reachable.go",
			right:    "	if memory, remembers := r.source.(*Memory); remembers {",
			wrong:    "	if memory, remembers := r.source.(*Memory); false && remembers {",
			packages: []string{layouts}, tests: "TestMoveOutOfABusyImage",
		},
		{
			name: "let a build take what another tag needs", file: "utils/promotion/build.go",
			right:    "	if len(taken) == 0 {",
			wrong:    "	if true || len(taken) == 0 {",
			packages: []string{scenario}, tests: "TestABuildMovesNothingThatAnotherTagNeeds",
		},
	}
}

// findingMistakes miss what belongs to an image, or what others need.
func findingMistakes() []mutant {
	return []mutant{
		{
			name: "replace a tag whatever needs what it holds", file: "utils/plan/former.go",
			right:    "	if p.Replaces == \"\" || len(t.FormerNeededBy) == 0 {\n",
			wrong:    "	if p.Replaces == \"\" || len(t.FormerNeededBy) >= 0 {\n",
			packages: []string{scenario}, tests: "TestAReplacedTagLeavesWhatAnIndexNeeds",
		},
		{
			name: "look only where lists lead", file: "utils/attachment/discover.go",
			right:    "== 0 && !w.looked {\n",
			wrong:    "== 0 && false {\n",
			packages: []string{scenario}, tests: "TestWhatNoListLeadsToArrives",
		},
	}
}
