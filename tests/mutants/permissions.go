package main

// permissionMistakes break what holds for users who may not do everything, and on servers that hide what may not be
// read.
func permissionMistakes() []mutant {
	const tests = "TestPermission|Hidden|WhatOnly"
	return []mutant{
		{
			name: "a hidden refusal is a delete", file: "utils/promotion/internal/cleanup/cleanup.go",
			right:    ".Delete(ctx, inside); err != nil {",
			wrong:    ".Delete(ctx, inside); err != nil && !errors.Is(err, failure.ErrNotFound) {",
			packages: []string{layouts}, tests: tests,
		},
		{
			name: "a record that is hidden is written over", file: "utils/promotion/record.go",
			right:    "return s.completeHidden(ctx)",
			wrong:    "return s.overwrite(ctx, \"\")",
			packages: []string{layouts}, tests: tests,
		},
		{
			name: "a fallback tag that is hidden is written over", file: "utils/promotion/fallback.go",
			right:    "	if err := f.readable(ctx); err != nil {",
			wrong:    "	if err := f.readable(ctx); false {",
			packages: []string{layouts}, tests: tests,
		},
		{
			name: "Delete at the source is not asked about", file: "utils/promotion/promote.go",
			right:    ", func() error { return e.mayDelete(ctx, p) })",
			wrong:    ")",
			packages: []string{layouts}, tests: tests,
		},
		{
			name: "Delete for what is merged is not asked about", file: "utils/promotion/ahead_steps.go",
			right:    "plan.UpdateAttachment, plan.MergeAttachment, plan.UpdateFallback)",
			wrong:    "plan.UpdateAttachment)",
			packages: []string{layouts}, tests: tests,
		},
		{
			name: "a folder shows everything at the target", file: "utils/promotion/state.go",
			right:    "	state.unhidden(ctx, r)\n",
			wrong:    "",
			packages: []string{layouts}, tests: tests,
		},
		{
			name: "a folder shows everything at the source", file: "utils/attachment/lookup.go",
			right:    "	if l.digest == w.root.Digest {\n",
			wrong:    "	if l.digest == \"\" {\n",
			packages: []string{"./utils/attachment", scenario}, tests: "TestByName|TestReadOnAllButOneKind",
		},
	}
}

// variantMistakes break what holds on servers that behave in another way, and what is said in the open.
func variantMistakes() []mutant {
	return []mutant{
		{
			name: "layers of other tags are lost", file: "utils/plan/image.go",
			right:    "(p.Pin || t.LayersAtRisk)",
			wrong:    "p.Pin",
			packages: []string{layouts}, tests: "TestVariants",
		},
		{
			name: "the fallback tag will do where there is an API", file: "utils/plan/referrers.go",
			right:    "	if p.ListsReferrers() && a.Manifest.Content.Subject != nil {",
			wrong:    "	if false && p.ListsReferrers() {",
			packages: []string{layouts}, tests: "WhatOnly",
		},
		{
			name: "secrets in another notation", file: "utils/transport/redact.go",
			right:    "all = append(all, notations(secret)...)",
			wrong:    "all = append(all, secret)",
			packages: []string{scenario}, tests: "TestCanary",
		},
		{
			name: "messages of writes as they are", file: "utils/transport/retry.go",
			right:    ">= http.StatusBadRequest || write {",
			wrong:    ">= http.StatusBadRequest {",
			packages: []string{scenario}, tests: "TestCanary",
		},
		{
			name: "the log of the renewal as it is", file: "commands/run.go",
			right:    "		log.SetLogger(jfrog.NewRedactingLog(log.GetLogger()))\n",
			wrong:    "		_ = jfrog.NewRedactingLog\n",
			packages: []string{scenario}, tests: "TestCanary",
		},
	}
}
