package artifactory

import (
	"context"
	"errors"
	"net/http"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// DeployByChecksum puts a file at a path whose content the server has already, without sending it. linked is false when
// the server does not know the content, or does not let this user have it that way; then the bytes have to be uploaded.
func (c *Client) DeployByChecksum(ctx context.Context, path, sha256 string) (linked bool, err error) {
	k := call{
		method: http.MethodPut, path: path, header: http.Header{"X-Checksum-Deploy": {"true"}, "X-Checksum-Sha256": {sha256}},
		accepted: []int{http.StatusCreated, http.StatusOK, http.StatusAccepted},
	}
	// client-go's service uploads files of this machine.
	err = c.direct(ctx, k, nil)
	if errors.Is(err, failure.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
