package main

const (
	checks   = "./utils/verification"
	judgment = "./utils/policy"
)

// policyMistakes let images pass that do not satisfy a policy.
func policyMistakes() []mutant {
	const promote, verify = "utils/promotion/promote.go", "utils/promotion/verify.go"
	return []mutant{
		{
			name: "no look at the source's signatures", file: promote,
			right:    "		if err := e.verifySource(ctx, s.graph, result); err != nil {\n			return err\n		}\n",
			wrong:    "",
			packages: []string{layouts}, tests: "TestPolicy",
		},
		{
			name: "no look at the target's signatures", file: promote,
			right:    "		if err := e.verifyTarget(ctx, result); err != nil {\n			return err\n		}\n		return p.run.Ended(step, p.promote",
			wrong:    "		return p.run.Ended(step, p.promote",
			packages: []string{layouts}, tests: "TestPolicy",
		},
		{
			name: "no look at the target's signatures when pinned", file: promote,
			right:    "	if err := e.verifyTarget(ctx, result); err != nil {\n		return err\n	}\n	if",
			wrong:    "	if",
			packages: []string{layouts}, tests: "TestPolicy",
		},
		{
			name: "the source's signatures looked at twice", file: verify,
			right:    "image: image, }, p.Target.Image, image",
			wrong:    "image: image, }, p.Source.Image, image",
			packages: []string{layouts}, tests: "TestPolicy",
		},
		{
			name: "unchecked is verified", file: "utils/policy/evidence.go",
			right:    `return Check{Question: q, Reason: "it was not checked"}`,
			wrong:    `return Check{Question: q, Verified: true}`,
			packages: []string{judgment}, tests: "TestNothingCountsUnchecked",
		},
		{
			name: "one signature for two signers", file: "utils/policy/match.go",
			right:    "		if !taken || m.place(other, tried) {\n			m.holder[person] = signer",
			wrong:    "		if !taken || m.place(other, tried) || true {\n			m.holder[person+string(rune(signer))] = signer",
			packages: []string{judgment}, tests: "TestOneSignatureCountsOnce|TestAssignment",
		},
		{
			name: "another image's signature counts", file: "utils/verification/layer.go",
			right:    "			co.ClaimVerifier = claims\n",
			wrong:    "			_ = claims\n",
			packages: []string{checks}, tests: "TestTampered",
		},
		{
			name: "an attestation passes for a signature", file: "utils/verification/bundle.go",
			right:    "e.Attests = about.PredicateType != types.CosignSignPredicateType",
			wrong:    "e.Attests = about.PredicateType != types.CosignSignPredicateType && false",
			packages: []string{checks}, tests: "TestLayoutsDoNotMaskEachOther",
		},
		{
			name: "an error is no signature", file: "utils/verification/read.go",
			right:    "	if errors.Is(err, failure.ErrNotFound) {",
			wrong:    "	if errors.Is(err, failure.ErrNotFound) || err != nil {",
			packages: []string{checks}, tests: "TestAnErrorIsNeverNoSignature",
		},
	}
}
