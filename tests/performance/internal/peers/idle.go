package peers

import (
	"context"

	"github.com/signed-promote/signed-promote/tests/process"
)

// Idle returns a promotion of the plugin that has nothing to do, on a server without latency, and the end of that
// server.
func (p Programs) Idle(ctx context.Context, home string) (idle process.Program, end func(), err error) {
	w, err := newWorld(testCase{name: "idle", store: singleTag}, home)
	if err != nil {
		return idle, nil, err
	}
	plugin := p.tools()[0]
	idle = plugin.program(w, promote(w)[0])
	if _, err := idle.Run(ctx); err != nil {
		w.close()
		return idle, nil, err
	}
	return idle, w.close, nil
}
