package commands

import (
	"os"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-cli-core/v2/utils/coreutils"
)

// isCI reports whether CI is set to anything at all. cli-core insists on a boolean, but CI systems write their names
// there, too.
func isCI() bool {
	return os.Getenv(coreutils.CI) != ""
}

// isDumb reports that a terminal knows no escape sequences.
func isDumb() bool {
	return os.Getenv("TERM") == "dumb"
}

// isDebugged reports that the log has a line for every request.
func isDebugged() bool {
	level := os.Getenv(coreutils.LogLevel)
	return level == "DEBUG" || level == "VERBOSE"
}

// wantsColour reports whether a terminal may be written on in colours, see no-color.org.
func wantsColour() bool {
	return os.Getenv("NO_COLOR") == "" && !isDumb()
}

// summaryVariable names the file that GitHub Actions shows with a run.
const summaryVariable = "GITHUB_STEP_SUMMARY"

// summaryFile returns the file that a summary goes to, in CI alone: a shell that somebody opened from there is none.
// Empty for none.
func summaryFile() string {
	if !isCI() {
		return ""
	}
	return os.Getenv(summaryVariable)
}

// summaryEnvironment is listed by the commands that write a summary.
func summaryEnvironment() components.EnvVar {
	return components.EnvVar{
		Name:        summaryVariable,
		Description: "In CI, a file to which a summary of the result is added in Markdown. GitHub Actions sets it.",
	}
}

// environment lists the variables that every command listens to; the list is help, each is read where it is used.
func environment() []components.EnvVar {
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

// buildVariables are listed by the command that promotes builds.
func buildVariables() []components.EnvVar {
	return []components.EnvVar{
		{
			Name:        coreutils.BuildName + ", " + coreutils.BuildNumber,
			Description: "The build, when only the target repository is given as an argument.",
		},
		{Name: coreutils.Project, Description: "The project, unless --project is given."},
	}
}

// buildFromEnvironment returns name, number and project of the build that a CI system is at.
func buildFromEnvironment() (name, number, project string) {
	return os.Getenv(coreutils.BuildName), os.Getenv(coreutils.BuildNumber), os.Getenv(coreutils.Project)
}

// failNoOpVariable is listed by the commands that have --fail-no-op.
func failNoOpVariable() components.EnvVar {
	return components.EnvVar{
		Name: coreutils.FailNoOp, Default: "false", Description: "Set to true for the same as --fail-no-op.",
	}
}

// failNoOpFromEnvironment reads the variable as jf does.
func failNoOpFromEnvironment() bool {
	return strings.EqualFold(os.Getenv(coreutils.FailNoOp), "true")
}

// variable returns the value of a variable that CI systems set, or that the user named in an option, such as a key in
// env://KEY.
func variable(name string) string {
	if name == "" {
		return ""
	}
	return os.Getenv(name)
}
