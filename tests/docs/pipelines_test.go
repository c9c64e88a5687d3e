package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// step is a script of a pipeline, and what its CI system puts into the environment.
type step struct {
	name, script string
	env          []string
}

func readPipeline(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "docs", "pipelines", name))
	require.NoError(t, err)
	return content
}

func decode(t *testing.T, name string, into any) {
	t.Helper()
	require.NoError(t, yaml.Unmarshal(readPipeline(t, name), into), name)
}

// TestPipelines runs the scripts of each file in their order, in one world for each, and wants what they are for to
// have happened.
func TestPipelines(t *testing.T) {
	t.Parallel()
	shared := newMaterial(t)
	for name, steps := range map[string]func(*testing.T) []step{
		"github-actions.yml": githubSteps, "gitlab-ci.yml": gitlabSteps, "Jenkinsfile": jenkinsSteps, "jfrog-pipelines.yml": jfrogSteps,
		"ansible.yml": ansibleSteps,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, shared)
			if name != "ansible.yml" && name != "github-actions.yml" {
				require.NoError(t, os.Remove(filepath.Join(w.home, ".jfrog", "jfrog-cli.conf.v6")),
					"the pipeline itself adds the server")
			}
			s := newShell(t, w)
			summary := filepath.Join(w.home, "summary.md")
			all := steps(t)
			require.NotEmpty(t, all)
			for _, one := range all {
				s.run(name+": "+one.name, one.script, true, append(one.env, "GITHUB_STEP_SUMMARY="+summary,
					"JF_ACCESS_TOKEN="+accessToken,
					"JF_URL="+w.platform(), "int_artifactory_url="+w.platform())...)
			}
			w.promoted("team/app")
			content, err := os.ReadFile(summary)
			require.NoError(t, err)
			assert.Contains(t, string(content), "promote: success")
		})
	}
}

// platform is the address of the JFrog platform that the server is part of.
func (w *world) platform() string { return strings.TrimSuffix(w.server.URL(), "/artifactory/") }

// promoted wants an image at the target, with signatures.
func (w *world) promoted(name string) {
	w.t.Helper()
	tagged, signed := false, false
	for path := range w.server.Snapshot() {
		rest, in := strings.CutPrefix(path, prod+"/"+name+"/")
		tagged = tagged || in && regexp.MustCompile(`^1\.2\.\d/`).MatchString(rest)
		signed = signed || in && strings.Contains(rest, ".sig/")
	}
	assert.True(w.t, tagged && signed, "the image is at the target, and so are signatures: %t, %t", tagged, signed)
}

// githubSteps returns the run steps of all jobs. Expressions come from the environment alone, which the file is written
// for.
func githubSteps(t *testing.T) []step {
	t.Helper()
	var file struct {
		Jobs map[string]struct {
			Steps []struct {
				Name, Run string
				Env       map[string]string
			}
		}
	}
	decode(t, "github-actions.yml", &file)
	var all []step
	for _, job := range []string{"promote", "audit"} {
		for _, one := range file.Jobs[job].Steps {
			if one.Run == "" {
				continue
			}
			assert.NotContains(t, one.Run, "${{", "an expression in a script can be a script of its own")
			env := []string{}
			for name := range one.Env {
				env = append(env, name+"=team/app:1.2.3")
			}
			all = append(all, step{name: job + ", " + one.Name, script: tolerant(one.Run), env: env})
		}
	}
	require.Len(t, all, 4)
	return all
}

// tolerant lets an audit with findings pass, as a failed step in GitHub lets the following run that say so.
func tolerant(script string) string {
	if strings.Contains(script, " audit ") {
		return script + " || [ $? -eq 5 ]"
	}
	return script
}

// gitlabSteps returns each job as the runner does: before_script and script in one shell, parallel jobs one after
// another.
func gitlabSteps(t *testing.T) []step {
	t.Helper()
	type job struct {
		Script   []string
		Before   []string `yaml:"before_script"`
		Extends  string
		Parallel int
	}
	var file struct {
		Base    job `yaml:".jf"`
		Promote job
		Audit   job
		Report  job
	}
	decode(t, "gitlab-ci.yml", &file)
	all := []step{gitlabJob("promote", file.Base.Before, file.Promote.Script, "CI_COMMIT_TAG=1.2.3")}
	require.Equal(t, 4, file.Audit.Parallel)
	for _, index := range []string{"1", "2", "3", "4"} {
		all = append(all, gitlabJob("audit "+index, file.Base.Before, file.Audit.Script, "CI_NODE_INDEX="+index,
			"CI_NODE_TOTAL=4"))
	}
	for _, j := range []job{file.Promote, file.Audit, file.Report} {
		assert.Equal(t, ".jf", j.Extends)
	}
	return append(all, gitlabJob("report", file.Base.Before, file.Report.Script))
}

func gitlabJob(name string, before, script []string, env ...string) step {
	return step{name: name, script: strings.Join(append(append([]string{}, before...), script...), "\n"), env: env}
}

func jfrogSteps(t *testing.T) []step {
	t.Helper()
	var file struct {
		Pipelines []struct {
			Steps []struct {
				Name, Type string
				Execution  struct {
					OnExecute []string `yaml:"onExecute"`
				}
			}
		}
	}
	decode(t, "jfrog-pipelines.yml", &file)
	var all []step
	for _, one := range file.Pipelines[0].Steps {
		assert.Equal(t, "Bash", one.Type)
		lines := one.Execution.OnExecute
		lines[len(lines)-1] = tolerant(lines[len(lines)-1])
		all = append(all, step{name: one.Name, script: strings.Join(lines, "\n"), env: []string{
			"int_artifactory_accessToken=" + accessToken, "JFROG_CLI_BUILD_NAME=my-app", "JFROG_CLI_BUILD_NUMBER=42", "res_app_source_resourcePath=.",
		}})
	}
	return all
}

var shStep = regexp.MustCompile(`(?s)\bsh '''(.*?)'''`)

// jenkinsSteps returns the sh steps in the order of the stages, and looks whether quotes and braces match.
func jenkinsSteps(t *testing.T) []step {
	t.Helper()
	text := string(readPipeline(t, "Jenkinsfile"))
	outside := shStep.ReplaceAllString(text, "")
	assert.NotContains(t, outside, "'''")
	assert.Equal(t, strings.Count(outside, "{"), strings.Count(outside, "}"))
	var all []step
	for _, m := range shStep.FindAllStringSubmatch(text, -1) {
		all = append(all, step{name: "sh", script: m[1], env: []string{"IMAGE=team/app:1.2.3"}})
	}
	require.Len(t, all, 4)
	return all
}

// ansibleSteps returns the task as the command that Ansible makes of it.
func ansibleSteps(t *testing.T) []step {
	t.Helper()
	var plays []struct {
		Vars  map[string]string
		Tasks []struct {
			Name    string
			Command struct{ Argv []string } `yaml:"ansible.builtin.command"`
		}
	}
	decode(t, "ansible.yml", &plays)
	require.Len(t, plays, 1)
	require.Len(t, plays[0].Tasks, 1, "one task in place of three")
	var words []string
	for _, word := range plays[0].Tasks[0].Command.Argv {
		for name, value := range plays[0].Vars {
			word = strings.ReplaceAll(word, "{{ "+name+" }}", value)
		}
		assert.NotContains(t, word, "{{")
		words = append(words, "'"+word+"'")
	}
	return []step{{name: plays[0].Tasks[0].Name, script: strings.Join(words, " ")}}
}

// TestWorkflowIsValid asks actionlint, which knows GitHub's schema. `make docs` brings it.
func TestWorkflowIsValid(t *testing.T) {
	t.Parallel()
	if !*tools {
		t.Skip("make docs brings actionlint")
	}
	lint := filepath.Join(root, ".tools", "bin", "actionlint")
	output, err := exec.CommandContext(t.Context(), lint, "-shellcheck=", "-pyflakes=",
		filepath.Join(root, "docs", "pipelines", "github-actions.yml")).CombinedOutput()
	require.NoError(t, err, string(output))
}
