package layouts

import (
	"testing"

	"go.uber.org/goleak"
)

// No promotion leaves a goroutine behind, however it ends.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
