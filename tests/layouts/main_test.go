package layouts

import (
	"testing"

	"github.com/jfrog/jfrog-client-go/utils/log"
	"go.uber.org/goleak"

	"github.com/signed-promote/signed-promote/utils/jfrog"
)

// No promotion leaves a goroutine behind, however it ends. The log is the plugin's.
func TestMain(m *testing.M) {
	log.SetLogger(jfrog.NewRedactingLog(log.GetLogger()))
	goleak.VerifyTestMain(m)
}
