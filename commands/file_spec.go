package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/filespec"
	"github.com/signed-promote/signed-promote/utils/inspect"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
)

// fileSpecUsage is the usage line, followed by what the framework's help has no place for.
const fileSpecUsage = `file-spec [command options] <repo>/<image>[:tag]...

Description:
	Prints a file spec of images with everything that is attached to them, for the jf commands that know files and
	no images. It is made for the state of this moment: make it anew for what is signed later.
	Where an image can be promoted with this plugin, do that instead: a copy by path shows the image before its
	signature, and does not tell the registry whose referrers it copies.

Examples:
	# A release bundle that holds the signatures, too
	jf signed-promote file-spec docker-dev-local/team/app:1.2.3 > spec.json
	jf release-bundle-create --spec spec.json --signing-key my-key my-bundle 1.2.3

	# A copy by path
	jf signed-promote file-spec docker-dev-local/team/app:1.2.3 --target docker-prod-local > spec.json
	jf rt copy --spec spec.json

Exit codes:
	0  the file spec was printed
	1  failed, nothing was printed`

// fileSpecCommand declares file-spec.
func fileSpecCommand() command {
	return command{Command: components.Command{
		Name:        "file-spec",
		Description: "Print a file spec of images with their signatures, attestations and SBOMs, for jf rt copy and release bundles.",
		Arguments: []components.Argument{
			{Name: "<repo>/<image>[:tag]" + repeated, Description: "The images. Without a tag every tag is listed."},
		},
		EnvVars: option.Environment(),
	}, usage: fileSpecUsage, options: func() options { return new(fileSpecOptions) }}
}

// formOptions say what the file spec is for.
type formOptions struct {
	// target is a repository, or empty.
	target string
	aql    bool
}

// Flags declares the options.
func (*formOptions) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("target", "Repository that the files go to: makes a spec for jf rt copy and move. Without it the spec is for release bundles."),
		components.NewBoolFlag("aql", "Set to true to write searches in AQL instead of patterns."),
	}
}

// Parse only reads the values: a mistake in an argument is told first.
func (o *formOptions) Parse(c *components.Context) error {
	o.aql, o.target = c.GetBoolFlagValue("aql"), c.GetStringFlagValue("target")
	return nil
}

// fileSpecOptions are the options and arguments of file-spec.
type fileSpecOptions struct {
	Form formOptions
	option.AttachmentRepo
	option.Requests
	option.Server
	invocation

	images []reference.Reference
}

func (*fileSpecOptions) dryRun() bool { return true }

func (o *fileSpecOptions) parseArguments(c *components.Context) error {
	for _, argument := range c.Arguments {
		ref, err := reference.Parse(argument)
		if err != nil {
			return err
		}
		if ref.Digest != "" {
			return fmt.Errorf("%q names a digest; a file spec is for tags", argument)
		}
		o.images = append(o.images, ref)
	}
	if o.Form.target == "" {
		if c.IsFlagSet("target") {
			return fmt.Errorf("--target is given without a value; leave it out if none is meant")
		}
		return nil
	}
	return reference.CheckRepo(o.Form.target)
}

// run prints the file spec of some images. It sends reads only.
func (o *fileSpecOptions) run(ctx context.Context, server *jfrog.Server) error {
	return o.withSession(ctx, server, opening{Requests: o.Requests, readOnly: true}, func(s *session) error {
		holdings, err := o.holdings(ctx, s.inspect())
		if err != nil {
			return hinted(err)
		}
		spec, err := o.spec(holdings)
		if err != nil {
			return err
		}
		text, err := report.JSON(spec)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(o.Out, text)
		return err
	})
}

// holdings names every folder once, whatever number of images need it.
func (o *fileSpecOptions) holdings(ctx context.Context, images inspect.Reader) ([]inspect.Folder, error) {
	refs, err := o.tags(ctx, images)
	if err != nil {
		return nil, err
	}
	var all []inspect.Folder
	known := map[inspect.Folder]bool{}
	for _, ref := range refs {
		holdings, referrers, err := images.Folders(ctx, ref, o.From()...)
		if err != nil {
			return nil, err
		}
		if referrers > 0 {
			log.Warn(fmt.Sprintf("%s has %d referrers. A registry may not list them after a copy by path: compare with "+
				"'jf signed-promote status --target-repo' and bring them back with 'jf signed-promote repair', or promote with this plugin.", ref, referrers))
		}
		for _, h := range holdings {
			if !known[h] {
				known[h] = true
				all = append(all, h)
			}
		}
	}
	return all, nil
}

// tags puts every tag in the place of an image without one.
func (o *fileSpecOptions) tags(ctx context.Context, images inspect.Reader) ([]reference.Reference, error) {
	var refs []reference.Reference
	for _, ref := range o.images {
		if ref.Tag != "" {
			refs = append(refs, ref)
			continue
		}
		tags, err := images.Tags(ctx, failure.Source, ref.Image)
		if err == nil && len(tags) == 0 {
			err = images.Nothing(ctx, ref.Image, nil)
		}
		if err != nil {
			return nil, err
		}
		for _, tag := range tags {
			refs = append(refs, reference.Reference{Image: ref.Image, Tag: tag})
		}
	}
	return refs, nil
}

func (o *fileSpecOptions) spec(holdings []inspect.Folder) (filespec.Spec, error) {
	var folders []filespec.Folder
	for _, h := range holdings {
		f := filespec.Folder{Repo: h.Home.Repo, Path: h.Home.Path + "/" + h.Name}
		if o.Form.target != "" {
			to, goes := o.goesTo(h.Home)
			if !goes {
				continue
			}
			f.To = to.Folder(h.Name)
		}
		folders = append(folders, f)
	}
	if !o.Form.aql {
		return filespec.Patterns(folders), nil
	}
	return filespec.AQLs(folders)
}

// goesTo returns where what is kept in an image goes; false if it stays.
func (o *fileSpecOptions) goesTo(home reference.Image) (reference.Image, bool) {
	for _, ref := range o.images {
		if ref.Image == home {
			return reference.Image{Repo: o.Form.target, Path: home.Path}, true
		}
	}
	return plan.Request{Places: o.Places}.Home(home)
}

// hinted puts the hint of a failure under its message.
func hinted(err error) error {
	var f *failure.Failure
	if errors.As(err, &f) && f.Hint != "" {
		return ended(outcomeFailed, errors.New(err.Error()+".\n  "+f.Hint))
	}
	return err
}
