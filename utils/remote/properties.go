package remote

import (
	"context"
	"net/http"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// Annotate sets properties of a file. Nothing but searches and clean-ups depends on them, so that a server which
// refuses them gives a warning; one that fails to answer is an error, since the rerun will do it.
func (s *Server) Annotate(ctx context.Context, file string,
	properties map[string][]string,
) (warning string, err error) {
	set := func(ctx context.Context) error { return s.Annotator.SetProperties(ctx, file, properties) }
	// Setting them twice does no harm, so that there is nothing to look at in between.
	err = s.Write(ctx, set, set, func(context.Context) (bool, error) { return false, nil })
	switch status, _ := failure.Status(err); {
	case err == nil:
		return "", nil
	case status == http.StatusForbidden, status == http.StatusNotFound:
		// The file is there: a 404 hides that this is not allowed.
		return "that needs Annotate on " + file, nil
	case Refused(err):
		return err.Error(), nil
	default:
		return "", Explain(failure.Target, err, "setting properties of "+file, "Annotate on "+file)
	}
}
