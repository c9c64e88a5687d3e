package main

// fleetMistakes break what holds for runs over very many images: at servers that take few requests, and in what they
// share and keep.
func fleetMistakes() []mutant {
	const limiter = "utils/transport/limiter.go"
	own := []string{"./utils/transport"}
	return []mutant{
		{
			name: "a refusal is about one request", file: limiter,
			right:    "wait := l.until.Sub(l.clock.Now()); wait > 0 {",
			wrong:    "wait := l.until.Sub(l.clock.Now()); wait > 0 && l.most == 0 {",
			packages: own, tests: "TestNothingIsSentBeforeTheWaitIsOver|TestAWriteWaitsToo",
		},
		{
			name: "after a refusal as many are sent as before", file: limiter,
			right:    "max(1, min(l.window, l.inFlight)/2)",
			wrong:    "max(1, l.window)",
			packages: own, tests: "TestARefusalHalvesTheBound",
		},
		{
			name: "after a wait all are sent at once", file: limiter,
			right:    "		l.window = 1\n",
			wrong:    "",
			packages: own, tests: "TestNothingIsSentBeforeTheWaitIsOver",
		},
		{
			name: "each refusal of a moment counts", file: limiter,
			right:    "	if s.round == l.round {\n		l.shrink",
			wrong:    "	if s.round <= l.round {\n		l.shrink",
			packages: own, tests: "TestARefusalHalvesTheBound",
		},
		{
			name: "what was refused waits behind all others", file: limiter,
			right:    "	if repeated {",
			wrong:    "	if !repeated {",
			packages: own, tests: "TestARepetitionGoesFirst",
		},
		{
			name: "the window does not grow", file: limiter,
			right:    "	l.window++\n",
			wrong:    "",
			packages: own, tests: "TestTheBoundGrowsWhileTheServerKeepsUp",
		},
		{
			name: "more threads have no more requests", file: "commands/session.go",
			right:    "		MaxInFlight: o.InFlight(),\n",
			wrong:    "",
			packages: []string{scenario}, tests: "TestThreadsDecideHowManyRequestsAreUnderWay",
		},
		{
			name: "every image asks for the version", file: "utils/remote/cache.go",
			right:    "return r.keepsLayers.Get(struct{}{}, func() (bool, error) { return r.Catalog.KeepsSharedLayers(ctx) })",
			wrong:    "return r.Catalog.KeepsSharedLayers(ctx)",
			packages: []string{scenario}, tests: "TestTheVersionIsAskedOnceInARun",
		},
		{
			name: "every image keeps its manifests", file: "utils/promotion/result.go",
			right:    "		items[i].Manifest = items[i].Manifest.Outline()",
			wrong:    "		items[i].Path += \"\"",
			packages: []string{layouts}, tests: "TestOutlinedResultsTellTheSame",
		},
	}
}

// turnMistakes let tags of one image go together that have something in common, or go by what is no longer so.
func turnMistakes() []mutant {
	const turns = "utils/promotion/lock.go"
	return []mutant{
		{
			name: "tags that share what is attached go together", file: turns,
			right:    "	return slices.Collect(maps.Keys(names))",
			wrong:    "	_ = maps.Keys(names)\n	return []string{r.Target.Tag}",
			packages: []string{scenario}, tests: "TestTagsOfOneImageGoTogether",
		},
		{
			name: "tags are moved together", file: turns,
			right:    "s.gone || r.Move || r.SameImage()",
			wrong:    "s.gone || r.SameImage()",
			packages: []string{scenario}, tests: "TestTagsOfOneImageAreMovedOneByOne",
		},
		{
			name: "a tag goes by the folders as they were", file: turns,
			right:    "return t.written[name] || t.written[everything]",
			wrong:    "return t.written[everything]",
			packages: []string{scenario}, tests: "TestTagsOfOneImageGoTogether",
		},
		{
			name: "tags of one image wait for each other", file: turns,
			right:    "	if s.gone || r.Move",
			wrong:    "	if r.Source.Tag != \"\" || s.gone || r.Move",
			packages: []string{scenario}, tests: "TestTagsOfOneImageGoTogether",
		},
	}
}
