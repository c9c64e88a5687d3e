package docs

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// prelude makes bash note every line that fails and every word that is no command. What the plugin and tools end with
// is noted by those who stand for them.
const prelude = `set -E -o pipefail
trap 'printf "%s\t%s\t%s\n" "$?" "$LINENO" "$BASH_COMMAND" >>"$FAILED"' ERR
command_not_found_handle() { printf "127\t%s\t%s\n" "${BASH_LINENO[0]}" "$*" >>"$FAILED"; return 127; }
`

// basics are programs that most machines have.
var basics = []string{
	"bash", "sh", "env", "cat", "cp", "cut", "chmod", "mkdir", "mv", "ls", "rm", "sed", "grep",
	"head", "sha256sum", "sort", "tail", "tee", "test", "tr", "wc",
}

// shell runs scripts in a world, with nothing in PATH but what is known.
type shell struct {
	t   *testing.T
	w   *world
	bin string
	// calls, left and failed are files that are written while a script runs.
	calls, left, failed string
}

func newShell(t *testing.T, w *world) *shell {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no bash to run the lines with")
	}
	s := &shell{t: t, w: w, bin: filepath.Join(t.TempDir(), "bin")}
	require.NoError(t, os.Mkdir(s.bin, 0o700))
	s.calls, s.left, s.failed = filepath.Join(s.bin, ".calls"), filepath.Join(s.bin, ".left"), filepath.Join(s.bin,
		".failed")
	for _, name := range basics {
		// What a machine lacks is missed by the lines that need it.
		if path, err := exec.LookPath(name); err == nil {
			require.NoError(t, os.Symlink(path, filepath.Join(s.bin, name)))
		}
	}
	s.stands("jf", "jf")
	for _, name := range toolNames() {
		if *tools {
			s.stands("tool", name)
		} else {
			s.stands("left", name)
		}
	}
	for _, name := range leftWords() {
		s.stands("left", name)
	}
	require.NoError(t, os.MkdirAll(filepath.Join(w.home, ".ci"), 0o700))
	s.link("left", filepath.Join(w.home, ".ci", "run"))
	return s
}

// stands puts one of the stand-ins in place of a program.
func (s *shell) stands(script, name string) { s.link(script, filepath.Join(s.bin, name)) }

func (s *shell) link(script, target string) {
	path, err := filepath.Abs(filepath.Join("bin", script))
	require.NoError(s.t, err)
	if _, err := os.Lstat(target); err != nil {
		require.NoError(s.t, os.Symlink(path, target))
	}
}

// call is one call of the plugin or of a tool.
type call struct {
	code  int
	words string
}

// log is what a script did.
type log struct {
	calls  []call
	left   []string
	failed []string
	output string
}

// run runs a script and fails the test if a line of it failed, other than by findings. The script's line numbers are
// those of the page. stop makes the script end at the first line that fails, as CI systems do.
func (s *shell) run(name, script string, stop bool, env ...string) log {
	s.t.Helper()
	l := s.execute(script, stop, env...)
	s.judge(name, l)
	assert.NotContains(s.t, l.output, "syntax error", name)
	return l
}

// execute runs a script, whatever comes of it.
func (s *shell) execute(script string, stop bool, env ...string) log {
	s.t.Helper()
	head := prelude
	if stop {
		head += "set -e\n"
	}
	file := filepath.Join(s.bin, ".script")
	require.NoError(s.t, os.WriteFile(file, []byte(script), 0o600))
	start := filepath.Join(s.bin, ".start")
	require.NoError(s.t, os.WriteFile(start, []byte(head+`source "$SCRIPT"`), 0o600))
	for _, path := range []string{s.calls, s.left, s.failed} {
		require.NoError(s.t, os.WriteFile(path, nil, 0o600))
	}
	cmd := exec.CommandContext(s.t.Context(), "bash", start)
	cmd.Dir = s.w.home
	cmd.Env = append(s.environment(), "SCRIPT="+file)
	cmd.Env = append(cmd.Env, env...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(s.t, err)
	}
	return s.read(output.String())
}

func (s *shell) environment() []string {
	toolbox, err := filepath.Abs(filepath.Join(root, ".tools", "bin"))
	require.NoError(s.t, err)
	return append([]string{
		"PATH=" + s.bin, "HOME=" + s.w.home, "JFROG_CLI_HOME_DIR=" + filepath.Join(s.w.home,
			".jfrog"), "JFROG_CLI_LOG_TIMESTAMP=OFF",
		"XDG_CONFIG_HOME=" + filepath.Join(s.w.home, ".config"), "DOCKER_CONFIG=" + filepath.Join(s.w.home, ".docker"),
		"PLUGIN=" + os.Getenv(binaryVariable), "TOOLS=" + toolbox, "DOUBLE=" + s.w.platform(), "DOUBLE_HOST=" + s.w.server.Host(),
		"CALLS=" + s.calls, "LEFT=" + s.left, "FAILED=" + s.failed, "CI=true", "COSIGN_PASSWORD=", "COSIGN_YES=true",
		"TUF_ROOT=" + filepath.Join(s.w.home, "tuf"), "HTTP_PROXY=http://127.0.0.1:9", "HTTPS_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1",
	}, s.w.env...)
}

func (s *shell) read(output string) log {
	l := log{output: output, left: s.lines(s.left), failed: s.lines(s.failed)}
	for _, line := range s.lines(s.calls) {
		code, words, _ := strings.Cut(line, "\t")
		number, err := strconv.Atoi(code)
		require.NoError(s.t, err)
		l.calls = append(l.calls, call{code: number, words: words})
	}
	return l
}

func (s *shell) lines(path string) []string {
	content, err := os.ReadFile(path)
	require.NoError(s.t, err)
	return strings.FieldsFunc(string(content), func(r rune) bool { return r == '\n' })
}

// findings are the commands that end with 5 when they found something, which is what they are for.
var findings = regexp.MustCompile(`^jf signed-promote (audit|status|tree|verify) `)

// judged are the programs whose exit code is judged by what those who stand for them noted.
var judged = regexp.MustCompile(`^\d+\t\d+\t((jf|cosign|crane|notation|oras|regctl) |source "\$SCRIPT"$)`)

func (s *shell) judge(name string, l log) {
	s.t.Helper()
	for _, c := range l.calls {
		found := c.code == 5 && findings.MatchString(c.words)
		assert.True(s.t, c.code == 0 || found, "%s: '%s' ended with %d\n%s", name, c.words, c.code, l.output)
	}
	for _, line := range l.failed {
		if !judged.MatchString(line) {
			assert.Fail(s.t, "a line failed (exit code, line, command)", "%s: %s\n%s", name, line, l.output)
		}
	}
	for _, words := range l.left {
		_, known := reasonToLeave(words)
		assert.True(s.t, known, "%s: '%s' was not run, and there is no reason for that on the list", name, words)
	}
}
