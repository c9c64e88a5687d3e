package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/signed-promote/signed-promote/tests/supply"
)

// describe writes the bill of materials of a binary, from what Go wrote into the binary itself. It holds neither a time
// nor a random number, so that it is the same for the same binary.
func (r release) describe(p supply.Platform, binary, to string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	sum, _, err := sha256Of(binary)
	if err != nil {
		return err
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &cdx.Component{
		BOMRef: purl(info.Main.Path, r.version), Type: cdx.ComponentTypeApplication, Name: name, Version: r.version,
		PackageURL: purl(info.Main.Path, r.version), Licenses: licensed([]string{"Apache-2.0"}),
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sum}},
		Properties: &[]cdx.Property{{Name: "go:platform", Value: p.String()}},
	}}
	components := []cdx.Component{{
		BOMRef: "go-std", Type: cdx.ComponentTypeLibrary, Name: "std", Version: info.GoVersion,
		PackageURL: purl("std", strings.TrimPrefix(info.GoVersion, "go")), Licenses: licensed([]string{"BSD-3-Clause"}),
	}}
	for _, m := range info.Deps {
		one, err := r.component(m)
		if err != nil {
			return err
		}
		components = append(components, one)
	}
	bom.Components = &components
	var text bytes.Buffer
	if err := cdx.NewBOMEncoder(&text, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom,
		cdx.SpecVersion1_6); err != nil {
		return err
	}
	return os.WriteFile(to, text.Bytes(), 0o644) //nolint:gosec // to be published
}

func (r release) component(m *debug.Module) (cdx.Component, error) {
	licence, known := r.licences[m.Path]
	if !known || m.Replace != nil {
		return cdx.Component{}, fmt.Errorf("%s is in the binary, and was not listed", m.Path)
	}
	c := cdx.Component{
		BOMRef: purl(m.Path, m.Version), Type: cdx.ComponentTypeLibrary, Name: m.Path, Version: m.Version,
		PackageURL: purl(m.Path, m.Version), Licenses: licensed(licence.IDs),
	}
	// Go's checksum of a module is a SHA-256 over a list of its files.
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
	if err != nil || len(raw) != sha256.Size {
		return c, fmt.Errorf("%s has the checksum %q", m.Path, m.Sum)
	}
	c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(raw)}}
	return c, nil
}

func purl(path, version string) string { return "pkg:golang/" + path + "@" + version }

func licensed(ids []string) *cdx.Licenses {
	all := make(cdx.Licenses, 0, len(ids))
	for _, id := range ids {
		one := &cdx.License{ID: id}
		if strings.HasPrefix(id, "LicenseRef-") {
			one = &cdx.License{Name: id}
		}
		all = append(all, cdx.LicenseChoice{License: one})
	}
	return &all
}

// texts joins the licence texts and notices of every module.
func (r release) texts() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s is under Apache-2.0. Its binaries hold the Go standard library (BSD-3-Clause, https://go.dev/LICENSE) and these modules.\n", name, r.version)
	for _, path := range slices.Sorted(maps.Keys(r.licences)) {
		l := r.licences[path]
		for _, file := range l.Files {
			text, err := os.ReadFile(filepath.Join(l.Dir, file))
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "\n=== %s %s: %s\n\n%s\n", l.Path, l.Version, file, bytes.TrimSpace(text))
		}
	}
	return b.Bytes(), nil
}

func sha256Of(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}
