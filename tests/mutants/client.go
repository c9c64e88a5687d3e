package main

// clientMistakes leave to JFrog's client what is not left to it.
func clientMistakes() []mutant {
	const relay, rest = "utils/artifactory/relay.go", "./utils/artifactory"
	return []mutant{
		{
			name: "an answer that was cut off is whole", file: relay,
			right:    "	case err != nil:\n		return nil, fmt.Errorf(\"%s: reading the answer",
			wrong:    "	case err != nil && len(body) == 0:\n		return nil, fmt.Errorf(\"%s: reading the answer",
			packages: []string{rest}, tests: "TestAnswersThatAreCutOff",
		},
		{
			name: "the client's word for the error", file: relay,
			right:    "	case r.err != nil:\n		return r.err\n",
			wrong:    "	case err != nil:\n		return err\n",
			packages: []string{rest}, tests: "TestStatusBecomesAnError",
		},
		{
			name: "whatever the client asks", file: relay,
			right:    "	if !same {",
			wrong:    "	if !same && r.sent {",
			packages: []string{rest}, tests: "TestOnlyWhatIsMeantIsAsked",
		},
		{
			name: "the client's lines are shown", file: "utils/jfrog/redacting.go",
			right:    "	if fromClient() {",
			wrong:    "	if false && fromClient() {",
			packages: []string{"./utils/jfrog"}, tests: "TestLinesOfTheClient",
		},
	}
}
