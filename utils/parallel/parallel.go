// Package parallel does several things at once and reports what went wrong in the order in which they are named.
package parallel

import "sync"

// All runs all calls at once, waits for all, and returns the error of the first in the list that failed: the message
// does not depend on timing.
func All(calls ...func() error) error {
	errs := make([]error, len(calls))
	var group sync.WaitGroup
	for i, call := range calls {
		group.Go(func() { errs[i] = call() })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Start runs all calls beside other work, and returns a function that waits for them as All does.
func Start(calls ...func() error) (wait func() error) {
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = All(calls...)
	}()
	return func() error {
		<-done
		return err
	}
}
