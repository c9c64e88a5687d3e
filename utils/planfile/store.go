package planfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Write puts the plan into a file that only its owner may read and write: complete, or not at all. It returns the
// file's sha256 in hex.
func (f *File) Write(path string) (sum string, err error) {
	content, err := f.encode()
	if err != nil {
		return "", err
	}
	// Made with mode 0600, beside the file, so that the rename stays within one file system.
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return "", fmt.Errorf("the plan cannot be written: %w", err)
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return "", fmt.Errorf("the plan cannot be written: %w", err)
	}
	return sumOf(content), nil
}

func (f *File) encode() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(f)
	return text.Bytes(), err
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Read reads a plan. With a sum, hex of a sha256, it refuses a file that is another one.
func Read(path, sum string) (*File, error) {
	content, err := os.ReadFile(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fmt.Errorf("the plan cannot be read: %w", err)
	}
	if got := sumOf(content); sum != "" && got != sum {
		return nil, failure.Refuse("", "Get the plan that was agreed upon, or agree to this one.",
			"%s is not the plan with the sha256 %s: its own is %s", path, sum, got)
	}
	f, err := decode(content)
	if err != nil {
		return nil, fmt.Errorf("%s is no plan that can be carried out: %w", path, err)
	}
	return f, nil
}

func decode(content []byte) (*File, error) {
	var named struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(content, &named); err != nil {
		return nil, err
	}
	if named.Version == nil || *named.Version != Version {
		return nil, fmt.Errorf("its version is not %d; write it again with this version of the plugin", Version)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	var f File
	if err := decoder.Decode(&f); err != nil {
		return nil, err
	}
	return &f, f.validate()
}

// validate checks what is going to be sent to a server.
func (f *File) validate() error {
	if f.Build != nil && (f.Build.Name == "" || f.Build.Number == "" || reference.CheckRepo(f.Build.TargetRepo) != nil) {
		return errors.New("its build has no name, number or target repository")
	}
	for _, i := range f.Images {
		if err := i.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (i Image) validate() error {
	for _, l := range []Location{i.Source, i.Target} {
		if err := errors.Join(reference.CheckRepo(l.Repo), reference.CheckPath(l.Image), reference.CheckTag(l.Tag),
			l.Digest.Validate()); err != nil {
			return err
		}
	}
	if i.Mode != modeCopy && i.Mode != modeMove {
		return fmt.Errorf("%q is no mode", i.Mode)
	}
	if _, err := plan.ParseConflict(i.Options.OnConflict); err != nil {
		return err
	}
	_, err := i.request()
	return err
}
