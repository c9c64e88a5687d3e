package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// config is what the command line says.
type config struct {
	listen    string
	repos     []artifactory.Repository
	users     []artifactory.User
	referrers bool
	bare      bool
	faults    []artifactory.Fault
}

var errUsage = errors.New("usage")

func parse(args []string, stderr io.Writer) (*config, error) {
	c := &config{referrers: true}
	flags := flag.NewFlagSet("artifactory-double", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.listen, "listen", "127.0.0.1:8081", "`address` to listen on; port 0 takes a free one")
	flags.Func("repo", "repository, `key[:class[:packageType]]` (repeatable); default docker-dev-local and docker-prod-local", c.addRepo)
	flags.Func("user", "administrator, `name:password[:token]` (repeatable); default admin:password", c.addUser)
	flags.Func("referrers", "`on|off`: whether there is an OCI referrers API; default on", c.setReferrers)
	flags.BoolVar(&c.bare, "bare-absence", false,
		"answer paths that are no endpoint, the referrers API while it is off among them, with a router's bare 404")
	flags.Func("strange-404", "answer requests with the 404 of somebody else, `plain|html|empty[:every[:path]]` (repeatable): every nth one (2) whose path matches",
		c.addStrange404)
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("%w: unexpected argument %q", errUsage, flags.Arg(0))
	}
	c.setDefaults()
	return c, nil
}

func (c *config) setDefaults() {
	if len(c.repos) == 0 {
		c.repos = []artifactory.Repository{{Key: "docker-dev-local"}, {Key: "docker-prod-local"}}
	}
	if len(c.users) == 0 {
		c.users = []artifactory.User{{Name: "admin", Password: "password", Admin: true}}
	}
}

func (c *config) addRepo(value string) error {
	parts := strings.Split(value, ":")
	if len(parts) > 3 || parts[0] == "" {
		return fmt.Errorf("%w: want key[:class[:packageType]]", errUsage)
	}
	parts = append(parts, "", "")
	c.repos = append(c.repos, artifactory.Repository{Key: parts[0], Class: parts[1], PackageType: parts[2]})
	return nil
}

func (c *config) addUser(value string) error {
	parts := strings.SplitN(value, ":", 3)
	if len(parts) < 2 || parts[0] == "" || parts[1] == "" {
		return fmt.Errorf("%w: want name:password[:token]", errUsage)
	}
	parts = append(parts, "")
	c.users = append(c.users, artifactory.User{Name: parts[0], Password: parts[1], Token: parts[2], Admin: true})
	return nil
}

func (c *config) setReferrers(value string) error {
	if value != "on" && value != "off" {
		return fmt.Errorf("%w: want on or off", errUsage)
	}
	c.referrers = value == "on"
	return nil
}

// addStrange404 takes plain, plain:2 or plain:2:api/storage/.
func (c *config) addStrange404(value string) error {
	kind, rest, _ := strings.Cut(value, ":")
	f, ok := artifactory.Strange404s()[kind]
	if !ok {
		return fmt.Errorf("%w: want plain, html or empty", errUsage)
	}
	every, path, _ := strings.Cut(rest, ":")
	f.Match = artifactory.Match{Every: 2, Path: path}
	if every != "" {
		n, err := strconv.Atoi(every)
		if err != nil || n < 1 {
			return fmt.Errorf("%w: every %q", errUsage, every)
		}
		f.Match.Every = n
	}
	if _, err := regexp.Compile(path); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	c.faults = append(c.faults, f)
	return nil
}

// server builds the double for a URL of the form http://host:port.
func (c *config) server(url string) *artifactory.Server {
	s := artifactory.NewServer()
	s.SetURL(url)
	for _, r := range c.repos {
		s.AddRepository(c.withMembers(r))
	}
	for _, u := range c.users {
		s.AddUser(u)
	}
	s.SetKnobs(func(k *artifactory.Knobs) {
		k.BareUnknownPaths = c.bare
		if !c.referrers {
			k.ReferrersAPI = artifactory.ReferrersOff
		}
	})
	for _, f := range c.faults {
		s.AddFault(f)
	}
	return s
}

// withMembers returns a virtual repository all local and federated ones, and the first of them for uploads.
func (c *config) withMembers(r artifactory.Repository) artifactory.Repository {
	if r.Class != artifactory.Virtual {
		return r
	}
	for _, m := range c.repos {
		if m.Class != artifactory.Virtual && m.Class != artifactory.Remote {
			r.Members = append(r.Members, m.Key)
		}
	}
	if len(r.Members) > 0 {
		r.DefaultDeployment = r.Members[0]
	}
	return r
}

// welcome reports how to point tools at the double. The first line is the URL alone, for scripts.
func (c *config) welcome(s *artifactory.Server) string {
	u, image := c.users[0], s.Host()+"/"+c.repos[0].Key+"/app:1.0"
	lines := []string{
		s.URL(),
		"",
		"  jf c add double --artifactory-url " + s.URL() + " --user " + u.Name + " --password " + u.Password + " --enc-password=false --interactive=false",
		"  crane auth login " + s.Host() + " -u " + u.Name + " -p " + u.Password,
		"  crane copy alpine:latest " + image + " --insecure",
		"  cosign sign --key cosign.key --allow-http-registry " + image,
		"  oras discover --plain-http " + image,
		"  curl " + strings.TrimSuffix(s.URL(), "artifactory/") + "_double/stats",
		"",
		"Ctrl-C ends it; nothing is kept.",
		"",
	}
	return strings.Join(lines, "\n")
}
