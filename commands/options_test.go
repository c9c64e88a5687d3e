package commands

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// contextOf returns what the action of a command sees for "--name=value" words and arguments, defaults included.
func contextOf(t *testing.T, command string, words ...string) *components.Context {
	t.Helper()
	seen := parse(t, append([]string{command}, words...)...)
	c := &components.Context{Arguments: seen.arguments, CommandName: seen.command}
	for name, value := range seen.strings {
		if value != "" || strings.Contains(fmt.Sprint(words), "--"+name+"=") {
			c.AddStringFlag(name, value)
		}
	}
	for name, value := range seen.booleans {
		c.AddBoolFlag(name, value)
	}
	return c
}

func TestPromoteDefaults(t *testing.T) {
	t.Parallel()
	var got promoteOptions
	require.NoError(t, parseAll(contextOf(t, "promote", "team/app", "dev", "prod"), &got))
	want := promoteOptions{
		Attachment: option.Attachment{OnConflict: plan.OnConflictMerge},
		Output:     option.Output{Format: option.FormatTable},
		Requests:   option.Requests{Threads: 3, Retries: 3},
		image:      "team/app",
		sourceRepo: "dev",
		targetRepo: "prod",
	}
	assert.Equal(t, want, got)
}

func TestPromoteEverything(t *testing.T) {
	t.Parallel()
	var got promoteOptions
	require.NoError(t, parseAll(contextOf(t, "dpr", "team/app:1", "dev", "prod", "--source-tag=1", "--target-tag=2",
		"--target-docker-image=other/app", "--copy", "--allow-unsigned", "--no-overwrite", "--on-conflict=keep", "--attachment-tag-prefix=my-", "--attachment-repo=sigs/app=sigs-prod/app",
		"--dry-run", "--format=json", "--fail-no-op", "--threads=10", "--retries=0", "--retry-wait-time=250ms", "--insecure-tls"), &got))
	want := promoteOptions{
		Promotion:  promotionOptions{sourceTag: "1", targetTag: "2", targetImage: "other/app", copyImage: true},
		Attachment: option.Attachment{AllowUnsigned: true, NoOverwrite: true, OnConflict: plan.OnConflictKeep},
		Prefix:     option.Prefix{TagPrefix: "my-"},
		AttachmentRepo: option.AttachmentRepo{Places: []plan.Mapping{{
			From: reference.Image{Repo: "sigs", Path: "app"}, To: reference.Image{Repo: "sigs-prod", Path: "app"},
		}}},
		Preview:    option.Preview{DryRun: true},
		Output:     option.Output{Format: option.FormatJSON},
		NoOp:       option.NoOp{FailNoOp: true},
		Requests:   option.Requests{Threads: 10, Retries: 0, RetryWait: 250 * time.Millisecond},
		Server:     option.Server{InsecureTLS: true},
		image:      "team/app",
		tag:        "1",
		sourceRepo: "dev",
		targetRepo: "prod",
	}
	assert.Equal(t, want, got)
}

func TestStatusOptions(t *testing.T) {
	t.Parallel()
	var got statusOptions
	require.NoError(t, parseAll(contextOf(t, "tree", "dev/team/app@sha256:ab", "--target-repo=prod", "--format=JSON"), &got))
	assert.Equal(t, "dev/team/app@sha256:ab", got.image)
	assert.Equal(t, "prod", got.Target.repo)
	assert.Equal(t, option.FormatJSON, got.Format)
}

func TestPromoteImageArgument(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		words            string
		image, tag, want string
	}{
		{words: "app", image: "app"},
		{words: "app:1.2", image: "app", tag: "1.2"},
		{words: "host:80/app", image: "host:80/app"},
		{words: "a/b/app:1 --source-tag=1", image: "a/b/app", tag: "1"},
		{words: "app --source-tag=2 --target-tag=3", image: "app", tag: "2"},
		{words: "app:1 --source-tag=2", want: `the argument names the tag "1", but --source-tag "2"; give one of them`},
		{words: "app --target-tag=3", want: "--target-tag needs to know which tag to promote: add --source-tag, or write <image>:<tag>"},
		{words: "app:", want: `"app:" is not <image>[:tag]`},
		{words: ":1", want: `":1" is not <image>[:tag]`},
		{words: "app@sha256:00", want: `"app@sha256:00" names a digest, but only tags can be promoted`},
	} {
		t.Run(test.words, func(t *testing.T) {
			t.Parallel()
			var got promoteOptions
			err := parseAll(contextOf(t, "promote", append(strings.Fields(test.words), "dev", "prod")...), &got)
			if test.want != "" {
				require.EqualError(t, err, test.want)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.image, got.image)
			assert.Equal(t, test.tag, got.tag)
		})
	}
}

func TestBadValues(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"--threads=0":                   `--threads must be a whole number of at least 1, not "0"`,
		"--threads=0x10":                `--threads must be a whole number of at least 1, not "0x10"`,
		"--threads=99999999999":         `--threads must be a whole number of at least 1, not "99999999999"`,
		"--retries=-1":                  `--retries must be a whole number of at least 0, not "-1"`,
		"--retries=many":                `--retries must be a whole number of at least 0, not "many"`,
		"--retry-wait-time=10":          `--retry-wait-time must be a number with s or ms behind it, such as 10s or 100ms, not "10"`,
		"--retry-wait-time=1m":          `--retry-wait-time must be a number with s or ms behind it, such as 10s or 100ms, not "1m"`,
		"--retry-wait-time=-1s":         `--retry-wait-time must be a number with s or ms behind it, such as 10s or 100ms, not "-1s"`,
		"--retry-wait-time=s":           `--retry-wait-time must be a number with s or ms behind it, such as 10s or 100ms, not "s"`,
		"--format=jsn":                  `--format must be table or json, not "jsn"; did you mean json?`,
		"--format=sarif":                `--format must be table or json, not "sarif"`,
		"--on-conflict=mrge":            `--on-conflict must be merge, keep, replace or fail, not "mrge"; did you mean merge?`,
		"--attachment-repo=r/a=s/a;r/a": `--attachment-repo names r/a twice, with different targets`,
		"--attachment-repo=app":         `--attachment-repo: "app" names no image: write <repo>/<image>[:tag|@digest]`,
		"--attachment-repo=r/app:1":     `--attachment-repo: "r/app:1" names a tag or digest; write <repo>/<path>`,
		"--source-tag=":                 "--source-tag is given without a value; leave it out if none is meant",
		"--target-tag=":                 "--target-tag is given without a value; leave it out if none is meant",
		"--target-docker-image=":        "--target-docker-image is given without a value; leave it out if none is meant",
		"--attachment-tag-prefix=a/b":   `--attachment-tag-prefix must be the beginning of a tag of at most 48 characters, not "a/b"`,
	} {
		t.Run(given, func(t *testing.T) {
			t.Parallel()
			var got promoteOptions
			assert.EqualError(t, parseAll(contextOf(t, "promote", "app:1", "dev", "prod", given), &got), want)
		})
	}
	var got statusOptions
	assert.EqualError(t, parseAll(contextOf(t, "status", "dev/app", "--target-repo="), &got),
		"--target-repo is given without a value; leave it out if none is meant")
}

func TestFailNoOpFromTheEnvironment(t *testing.T) {
	t.Setenv("JFROG_CLI_FAIL_NO_OP", "true")
	var got promoteOptions
	require.NoError(t, parseAll(contextOf(t, "promote", "app", "dev", "prod"), &got))
	assert.True(t, got.FailNoOp)
}
