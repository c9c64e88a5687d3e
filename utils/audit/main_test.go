package audit_test

import (
	"testing"

	"github.com/jfrog/jfrog-client-go/utils/log"
)

// JFrog's client writes a line of each call; its own logger is not made for several goroutines.
func TestMain(m *testing.M) {
	log.SetLogger(log.NewLogger(log.ERROR, nil))
	m.Run()
}
