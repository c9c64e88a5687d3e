package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/report"
)

// Written image by image, a result is the same text as at once.
func TestAResultIsWrittenAsItIs(t *testing.T) {
	t.Parallel()
	for _, images := range []int{0, 1, 3} {
		result := &report.Result{
			Header: report.Header{Status: report.Success, Command: `copy "images": null`}, Images: []report.Image{}, Remaining: []string{`"images": null`, "<&>"},
			Error: &report.Error{Message: "\"images\": null"},
		}
		for n := range images {
			result.Images = append(result.Images, report.Image{
				Source: report.Location{Image: fmt.Sprint("app-", n)}, Steps: []report.Step{{Path: `"images": null`}}, Warnings: []string{"a\n<b>"},
			})
		}
		var want, got bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		require.NoError(t, encoder.Encode(result))
		require.NoError(t, report.WriteJSON(&got, result))
		assert.Equal(t, want.String(), got.String(), "%d images", images)
	}
}

type full struct{ error }

func (f full) Write([]byte) (int, error) { return 0, f.error }

func TestAResultThatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	noSpace := errors.New("no space left")
	for _, images := range []int{0, 2} {
		require.ErrorIs(t, report.WriteJSON(full{noSpace}, &report.Result{Images: make([]report.Image, images)}), noSpace)
	}
}
