package policy

// assigned returns for each signer whom of those who signed counts for them, or "" where nobody is left: a person
// counts once, however many signers of the list their identity matches. signed holds, for each signer, who made
// signatures that match. It is the maximum bipartite matching by augmenting paths, in the signers' order.
func assigned(signed [][]string) []string {
	m := matching{signed: signed, holder: map[string]int{}}
	for signer := range signed {
		m.place(signer, map[string]bool{})
	}
	who := make([]string, len(signed))
	for person, signer := range m.holder {
		who[signer] = person
	}
	return who
}

type matching struct {
	signed [][]string
	// holder tells for whom a person counts.
	holder map[string]int
}

// place finds somebody for a signer, and for that moves others where they can be replaced. It tells whether it could.
func (m *matching) place(signer int, tried map[string]bool) bool {
	for _, person := range m.signed[signer] {
		if tried[person] {
			continue
		}
		tried[person] = true
		other, taken := m.holder[person]
		if !taken || m.place(other, tried) {
			m.holder[person] = signer
			return true
		}
	}
	return false
}
