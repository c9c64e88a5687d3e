package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/filespec"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
)

// runFileSpec prints the file spec of some images. It sends reads only.
func runFileSpec(ctx context.Context, o fileSpecOptions, server *jfrog.Server) error {
	s, err := newSession(server, o.invocation, o.transferOptions, true)
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	holdings, err := o.holdings(ctx, s.engine)
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
	_, err = fmt.Fprintln(o.stdout, text)
	return err
}

// holdings names every folder once, whatever number of images need it.
func (o *fileSpecOptions) holdings(ctx context.Context, engine *promotion.Engine) ([]promotion.Holding, error) {
	refs, err := o.tags(ctx, engine)
	if err != nil {
		return nil, err
	}
	var all []promotion.Holding
	known := map[promotion.Holding]bool{}
	for _, ref := range refs {
		holdings, referrers, err := engine.Holdings(ctx, ref, o.from()...)
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
func (o *fileSpecOptions) tags(ctx context.Context, engine *promotion.Engine) ([]reference.Reference, error) {
	var refs []reference.Reference
	for _, ref := range o.images {
		if ref.Tag != "" {
			refs = append(refs, ref)
			continue
		}
		tags, err := engine.Tags(ctx, failure.Source, ref.Image)
		if err == nil && len(tags) == 0 {
			err = engine.Nothing(ctx, ref.Image, nil)
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

func (o *fileSpecOptions) spec(holdings []promotion.Holding) (filespec.Spec, error) {
	var folders []filespec.Folder
	for _, h := range holdings {
		f := filespec.Folder{Repo: h.Home.Repo, Path: h.Home.Path + "/" + h.Name}
		if o.target != "" {
			to, goes := o.goesTo(h.Home)
			if !goes {
				continue
			}
			f.To = to.Folder(h.Name)
		}
		folders = append(folders, f)
	}
	if !o.aql {
		return filespec.Patterns(folders), nil
	}
	return filespec.AQLs(folders)
}

// goesTo returns where what is kept in an image goes; false if it stays.
func (o *fileSpecOptions) goesTo(home reference.Image) (reference.Image, bool) {
	for _, ref := range o.images {
		if ref.Image == home {
			return reference.Image{Repo: o.target, Path: home.Path}, true
		}
	}
	return plan.Request{Places: o.places}.Home(home)
}

// hinted puts the hint of a failure under its message.
func hinted(err error) error {
	var f *failure.Failure
	if errors.As(err, &f) && f.Hint != "" {
		return ended(outcomeFailed, errors.New(err.Error()+".\n  "+f.Hint))
	}
	return err
}
