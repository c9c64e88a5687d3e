package commands

import (
	"fmt"
	"os"
	"sync/atomic"

	"github.com/signed-promote/signed-promote/utils/promotion"
)

// progress tells on a terminal how far a run over many images is; nil where nobody watches.
func (i invocation) progress(total int) func(*promotion.Result) {
	if !i.interactive || total < 2 {
		return nil
	}
	var done, failed atomic.Int64
	return func(r *promotion.Result) {
		if r.Err != nil {
			failed.Add(1)
		}
		// The line is written over by the next one; what comes last ends it.
		end := ""
		n := done.Add(1)
		if n == int64(total) {
			end = "\n"
		}
		fmt.Fprintf(os.Stderr, "\r%d of %d images, %d failed%s", n, total, failed.Load(), end)
	}
}
