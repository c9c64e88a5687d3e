package layouts

import "testing"

// coarse returns n with -short, else 1. `make test` runs so with the race detector, which makes everything several
// times slower and looks for other mistakes than those that a request more or less would show.
func coarse(n int) int {
	if testing.Short() {
		return n
	}
	return 1
}
