package arguments

import (
	"fmt"
	"strings"
)

// maxDistance is how many edits a typing mistake may be away from what was meant.
const maxDistance = 2

// Nearest returns the candidate that was most likely meant by a word: the one with the fewest edits, at most two and
// fewer than the word has bytes, else the first that begins with the word or that the word begins with. It returns ""
// if there is none.
func Nearest(word string, candidates []string) string {
	best, fewest := "", min(maxDistance+1, len(word))
	for _, candidate := range candidates {
		if edits := distance(strings.ToLower(word), candidate); edits < fewest {
			best, fewest = candidate, edits
		}
	}
	if best != "" || len(word) < 2 {
		return best
	}
	for _, candidate := range candidates {
		if strings.HasPrefix(candidate, word) || strings.HasPrefix(word, candidate) {
			return candidate
		}
	}
	return ""
}

// suggestion returns the end of a sentence about an unknown word, empty if nothing is near.
func suggestion(word, prefix string, candidates []string) string {
	nearest := Nearest(word, candidates)
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", prefix+nearest)
}

// distance is the Levenshtein distance in bytes, by Wagner and Fischer with one row kept.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substituted := diagonal
			if a[i] != b[j] {
				substituted++
			}
			diagonal = row[j+1]
			row[j+1] = min(substituted, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
