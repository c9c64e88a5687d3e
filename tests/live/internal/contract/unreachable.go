package contract

// Unreachable lists the knobs of the double that no check can settle with two scratch repositories, and why. A report
// says so, rather than being silent about them.
func Unreachable() []Statement {
	return []Statement{
		{
			ID: "virtual-403", Section: "7.4", Confidence: UserReport, Knob: "Virtual403=false", Text: "A missing tag through a virtual repository is a 404.",
			Relied: "Virtual repositories are refused as source and target.",
		},
		{
			ID: "xray-block", Section: "1.3", Confidence: Undetermined, Knob: "XrayBlocked=none", Text: "Whether Xray blocks a promotion.",
			Relied: "A 403 or 404 fails the image and is shown.",
		},
		{
			ID: "eviction", Section: "2.8", Confidence: Inferred, Knob: "EvictionSparesSignatures=false", Text: "maxUniqueTags counts tags of signatures, too.",
			Relied: "The warning before a promotion into such a repository.",
		},
		{
			ID: "promote-eviction", Section: "2.8", Confidence: Undetermined, Knob: "PromoteEvicts=false",
			Text:   "A promotion itself deletes no tag because of maxUniqueTags.",
			Relied: "Nothing: what is attached is looked at once more after the tag was set.",
		},
		{
			ID: "build-one-match", Section: "9.1", Confidence: Undetermined, Knob: "BuildTakesOneMatch=false", Text: "Promoting a build takes every file with a recorded checksum.",
			Relied: "Every tag of a build is looked at after its promotion.",
		},
		{
			ID: "promote-order", Section: "1.5", Confidence: Undetermined, Knob: "PromoteOrder=nil", Text: "A promotion becomes visible at once.",
			Relied: "Attachments go first, so that any order is safe.",
		},
		{
			ID: "login-lock", Section: "0", Confidence: Inferred, Knob: "LockAfter=0", Text: "A user is not locked by wrong logins.",
			Relied: "A run ends at its first 401. A 403 that speaks of too many logins is explained.",
		},
		{
			ID: "aql-busy", Section: "6.7", Confidence: Documented, Knob: "AQLStatus=0", Text: "Queries are not refused for load (408, 429).",
			Relied: "Both are tried again, as Retry-After says.",
		},
	}
}

// Reason says why a statement of Unreachable is not tested.
func Reason(id string) string {
	return map[string]string{
		"virtual-403":      "it takes a virtual repository with a member that the user may not read",
		"xray-block":       "it takes Xray with a policy and a watch",
		"eviction":         "it takes a repository with a limit, and minutes until the server cleans up",
		"promote-eviction": "it takes a repository with a limit, which the scratch repositories are not",
		"build-one-match":  "it takes a published build-info, which would be left on the server",
		"promote-order":    "it takes a look at the server between two writes of one request",
		"login-lock":       "it takes wrong logins, which may lock a user",
		"aql-busy":         "it takes load",
	}[id]
}
