package option

import (
	"os"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-cli-core/v2/utils/coreutils"
)

// IsCI reports whether CI is set to anything at all. cli-core insists on a boolean, but CI systems write their names
// there, too.
func IsCI() bool {
	return os.Getenv(coreutils.CI) != ""
}

// IsDumb reports that a terminal knows no escape sequences.
func IsDumb() bool {
	return os.Getenv("TERM") == "dumb"
}

// IsDebugged reports that the log has a line for every request.
func IsDebugged() bool {
	level := os.Getenv(coreutils.LogLevel)
	return level == "DEBUG" || level == "VERBOSE"
}

// WantsColor reports whether a terminal may be written on in colours, see no-color.org.
func WantsColor() bool {
	return os.Getenv("NO_COLOR") == "" && !IsDumb()
}

// SummaryVariable names the file that GitHub Actions shows with a run.
const SummaryVariable = "GITHUB_STEP_SUMMARY"

// SummaryFile returns the file that a summary goes to, in CI alone: a shell that somebody opened from there is none.
// Empty for none.
func SummaryFile() string {
	if !IsCI() {
		return ""
	}
	return os.Getenv(SummaryVariable)
}

// SummaryEnvironment is listed by the commands that write a summary.
func SummaryEnvironment() components.EnvVar {
	return components.EnvVar{
		Name:        SummaryVariable,
		Description: "In CI, a file to which a summary of the result is added in Markdown. GitHub Actions sets it.",
	}
}

// Environment lists the variables that every command listens to; the list is help, each is read where it is used.
func Environment() []components.EnvVar {
	return []components.EnvVar{
		{Name: coreutils.ServerID, Description: "Server ID to use unless --server-id or --url is given."},
		{
			Name: coreutils.HomeDir, Default: "~/.jfrog",
			Description: "The JFrog CLI home directory, with its configuration and the CA certificates in security/certs.",
		},
		{
			Name: coreutils.LogLevel, Default: "INFO",
			Description: "One of DEBUG, INFO, WARN and ERROR, in capitals. DEBUG shows one line for each request, without credentials.",
		},
		{Name: coreutils.CI, Description: "Set to anything: no progress is shown and nothing is asked."},
		{Name: "NO_COLOR", Description: "Set to anything: nothing is coloured. Off a terminal nothing is either."},
		{Name: "HTTPS_PROXY, HTTP_PROXY, NO_PROXY", Description: "Proxies for the requests to the server."},
	}
}

// BuildVariables are listed by the command that promotes builds.
func BuildVariables() []components.EnvVar {
	return []components.EnvVar{
		{
			Name:        coreutils.BuildName + ", " + coreutils.BuildNumber,
			Description: "The build, when only the target repository is given as an argument.",
		},
		{Name: coreutils.Project, Description: "The project, unless --project is given."},
	}
}

// BuildFromEnvironment returns name, number and project of the build that a CI system is at.
func BuildFromEnvironment() (name, number, project string) {
	return os.Getenv(coreutils.BuildName), os.Getenv(coreutils.BuildNumber), os.Getenv(coreutils.Project)
}

// FailNoOpVariable is listed by the commands that have --fail-no-op.
func FailNoOpVariable() components.EnvVar {
	return components.EnvVar{
		Name: coreutils.FailNoOp, Default: "false", Description: "Set to true for the same as --fail-no-op.",
	}
}

// failNoOpFromEnvironment reads the variable as jf does.
func failNoOpFromEnvironment() bool {
	return strings.EqualFold(os.Getenv(coreutils.FailNoOp), "true")
}

// Variable returns the value of a variable that CI systems set, or that the user named in an option, such as a key in
// env://KEY.
func Variable(name string) string {
	if name == "" {
		return ""
	}
	return os.Getenv(name)
}
