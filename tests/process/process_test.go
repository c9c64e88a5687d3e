package process

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// child is set in the environment of the process that the test starts: this test binary again, which then does what it
// says.
const child = "SIGNED_PROMOTE_PROCESS_CHILD"

const (
	allocated = 32 << 20
	// A sample of the child's memory is taken when this process gets a turn: on a busy machine a child that lives
	// longer is tried.
	computed, longest = 200 * time.Millisecond, 30 * time.Second
	// duration names how long the child computes.
	duration = "SIGNED_PROMOTE_PROCESS_COMPUTES"
)

func TestMain(m *testing.M) {
	switch os.Getenv(child) {
	case "work":
		work()
	case "fail":
		_, _ = os.Stderr.WriteString("no luck\n")
		os.Exit(3)
	default:
		os.Exit(m.Run())
	}
}

// work has all of its memory before its time begins.
func work() {
	block := make([]byte, allocated)
	for n := 0; n < len(block); n += 4096 {
		block[n]++
	}
	long, err := time.ParseDuration(os.Getenv(duration))
	if err != nil {
		panic(err)
	}
	for start, n := time.Now(), 0; time.Since(start) < long; n += 4096 {
		block[n%len(block)]++
	}
	runtime.KeepAlive(block)
	_, _ = os.Stdout.WriteString("done")
}

func run(t *testing.T, what string, more ...string) (Output, error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return Program{Path: self, Env: append(append(os.Environ(), child+"="+what), more...)}.Run(t.Context())
}

// worked runs the child for longer and longer, until its memory was seen.
func worked(t *testing.T) (u Output) {
	t.Helper()
	for long := computed; long < longest && u.Memory <= allocated; long *= 2 {
		var err error
		u, err = run(t, "work", duration+"="+long.String())
		require.NoError(t, err)
		if runtime.GOOS != "linux" {
			break
		}
	}
	return u
}

func TestUsage(t *testing.T) {
	t.Parallel()
	// The parent's own memory must not be counted as the child's.
	mine := make([]byte, 8*allocated)
	for n := 0; n < len(mine); n += 4096 {
		mine[n] = 1
	}
	u := worked(t)
	assert.Equal(t, "done", string(u.Stdout))
	assert.GreaterOrEqual(t, u.Wall, computed)
	assert.Positive(t, u.CPU)
	if runtime.GOOS == "linux" {
		assert.Greater(t, u.Memory, int64(allocated))
		assert.Less(t, u.Memory, int64(5*allocated))
	}
	runtime.KeepAlive(mine)
}

func TestFailureTellsWhatWasPrinted(t *testing.T) {
	t.Parallel()
	_, err := run(t, "fail")
	require.ErrorContains(t, err, "exit status 3")
	assert.ErrorContains(t, err, "no luck")
}

func TestThen(t *testing.T) {
	t.Parallel()
	assert.Equal(t, Usage{Wall: 3, CPU: 7, Memory: 9}, Usage{
		Wall: 1, CPU: 3,
		Memory: 9,
	}.Then(Usage{Wall: 2, CPU: 4, Memory: 5}))
}
