package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The picture in the documentation is made from the record beside it.
func TestThePictureIsOfTheRecord(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	fresh := filepath.Join(t.TempDir(), "performance.svg")
	if err := write([]string{filepath.Join(docs, "performance.json"), fresh}); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(docs, "performance.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/performance.svg is not of docs/performance.json: run 'make plot'")
	}
}
