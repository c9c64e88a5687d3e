package contract

import (
	"context"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func repositoryStatements() []Statement {
	return []Statement{
		{
			ID: "repository-configuration", Section: "8.6", Confidence: ClientCode,
			Text:   "The configuration of a repository has rclass and packageType in small letters.",
			Relied: "Remote and virtual repositories are refused before anything changes. Letters are compared in either case.", Check: repositoryConfiguration,
		},
		{
			ID: "repository-unknown", Section: "8.6", Confidence: ClientCode,
			Text:   "The configuration of an unknown repository is a 400.",
			Relied: "A 400 counts as missing; after a 403 the list of repositories is asked.", Check: repositoryUnknown,
		},
		{
			ID: "repository-list", Section: "8.6", Confidence: Documented,
			Text:   "The list of repositories has the key, with its type and package type.",
			Relied: "Searching all repositories for a lost signature.", Check: repositoryList,
		},
		{
			ID: "repository-no-limit", Section: "2.8", Confidence: Documented,
			Text:   "A repository that was created without maxUniqueTags has 0, or none.",
			Relied: "The warning that attachments may be evicted, where the user may read the setting.", Check: repositoryUnlimited,
		},
		{
			ID: "system-version", Section: "8.5", Confidence: ServerSource,
			Text:   "api/system/version answers with a version that begins with two numbers.",
			Relied: "The way over a staging tag below 7.117.1, or where the version cannot be read.", Check: systemVersion,
		},
		{
			ID: "system-ping", Section: "8.5", Confidence: Documented,
			Text:   "api/system/ping answers OK.",
			Relied: "Nothing.", Check: systemPing,
		},
	}
}

func (t *Trial) get(ctx context.Context, path string) *client.Answer {
	return t.do(ctx, client.Request{Method: http.MethodGet, Path: path})
}

type configuration struct {
	Key           string `json:"key"`
	Class         string `json:"rclass"`
	Type          string `json:"type"`
	PackageType   string `json:"packageType"`
	MaxUniqueTags int    `json:"maxUniqueTags"`
}

func repositoryConfiguration(ctx context.Context, t *Trial) Verdict {
	a := t.need(t.get(ctx, "api/repositories/"+t.source()), "reading a configuration", http.StatusOK)
	var c configuration
	return t.verdict(a.JSON(&c) && c.Class == "local" && c.PackageType == t.Pair.PackageType, "both are as expected",
		other{found: "rclass is " + c.Class + ", packageType is " + c.PackageType}, a)
}

func repositoryUnknown(ctx context.Context, t *Trial) Verdict {
	a := t.get(ctx, "api/repositories/"+t.source()+"-absent")
	return t.verdict(a.Status == http.StatusBadRequest, "400", other{found: status(a)}, a)
}

// repositoryList shows no evidence: the other repositories are nobody's business.
func repositoryList(ctx context.Context, t *Trial) Verdict {
	a := t.need(t.get(ctx, "api/repositories"), "listing repositories", http.StatusOK)
	var list []configuration
	if !a.JSON(&list) {
		t.fail("the list cannot be read")
	}
	for _, c := range list {
		if c.Key == t.source() {
			named := strings.EqualFold(c.Type, "local") && strings.EqualFold(c.PackageType, t.Pair.PackageType)
			return t.verdict(named, "the repository is listed as "+c.Type+" and "+c.PackageType,
				other{found: "its type is " + c.Type + ", its package type " + c.PackageType})
		}
	}
	return t.verdict(false, "", other{found: "the repository is not listed"})
}

func repositoryUnlimited(ctx context.Context, t *Trial) Verdict {
	a := t.need(t.get(ctx, "api/repositories/"+t.source()), "reading a configuration", http.StatusOK)
	var c configuration
	return t.verdict(a.JSON(&c) && c.Key == t.source() && c.MaxUniqueTags == 0, "there is no limit",
		other{found: "there is a limit"}, a)
}

func systemVersion(ctx context.Context, t *Trial) Verdict {
	a := t.need(t.get(ctx, "api/system/version"), "asking for the version", http.StatusOK)
	var v struct {
		Version string `json:"version"`
	}
	read := a.JSON(&v)
	numbers := strings.Split(v.Version, ".")
	return t.verdict(read && len(numbers) >= 2 && digits.MatchString(numbers[0]) && digits.MatchString(numbers[1]),
		"it is "+v.Version, other{found: "it cannot be read"})
}

func systemPing(ctx context.Context, t *Trial) Verdict {
	a := t.get(ctx, "api/system/ping")
	return t.verdict(a.Status == http.StatusOK && strings.TrimSpace(string(a.Body)) == "OK", "OK", other{found: status(a)},
		a)
}
