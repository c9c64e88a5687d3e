package supply

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

var (
	// textName are the names of files that state a licence; noticeName those that have to be passed on with one.
	textName   = regexp.MustCompile(`(?i)^(un)?licen[cs]e|^copying`)
	noticeName = regexp.MustCompile(`(?i)^(notice|patents)(\.|$)`)
	// otherName are sources, and licences of documentation, which is not compiled in.
	otherName = regexp.MustCompile(`\.(go|s|sh|py|docs)$`)
	// dedicated is how authors give up their rights in words that no list of licences knows.
	dedicated = regexp.MustCompile(`ha(?:s|ve) been put\s+into the public domain`)
)

// PublicDomain is SPDX's way to name what is no licence of its list.
const PublicDomain = "LicenseRef-public-domain"

// enough is how much of a file has to be text of known licences, in percent. What else stands there are names, years
// and headings.
const enough = 75

// Licence is what a module is licensed under.
type Licence struct {
	Module
	// IDs are SPDX identifiers, sorted.
	IDs []string
	// Files are the texts and notices, relative to the module.
	Files []string
}

// LicenceOf reads the licence texts at the top of a module and beside the packages of it that are compiled in. A text
// that is not recognised is an error: nobody knows what it asks for.
func LicenceOf(m Module) (Licence, error) {
	l := Licence{Module: m}
	for _, folder := range m.folders() {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return l, err
		}
		for _, e := range entries {
			if err := l.take(folder, e); err != nil {
				return l, err
			}
		}
	}
	slices.Sort(l.IDs)
	l.IDs = slices.Compact(l.IDs)
	slices.Sort(l.Files)
	if len(l.IDs) == 0 {
		return l, fmt.Errorf("%s@%s has no licence", m.Path, m.Version)
	}
	return l, nil
}

// folders returns the folders of the packages and everything above them, up to the module's own.
func (m Module) folders() []string {
	all := []string{m.Dir}
	for _, folder := range m.Packages {
		for ; len(folder) > len(m.Dir); folder = filepath.Dir(folder) {
			all = append(all, folder)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (l *Licence) take(folder string, e os.DirEntry) error {
	isText, isNotice := textName.MatchString(e.Name()), noticeName.MatchString(e.Name())
	if !e.Type().IsRegular() || !isText && !isNotice || otherName.MatchString(e.Name()) {
		return nil
	}
	path := filepath.Join(folder, e.Name())
	name, err := filepath.Rel(l.Dir, path)
	if err != nil {
		return err
	}
	l.Files = append(l.Files, filepath.ToSlash(name))
	if !isText {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if dedicated.Match(text) {
		l.IDs = append(l.IDs, PublicDomain)
		return nil
	}
	found := licensecheck.Scan(text)
	if found.Percent < enough {
		return fmt.Errorf("%s@%s: %.0f %% of %s is the text of a known licence; look at it", l.Path, l.Version, found.Percent,
			name)
	}
	for _, match := range found.Match {
		if !match.IsURL {
			l.IDs = append(l.IDs, match.ID)
		}
	}
	return nil
}

// Refused returns those licences that may not go into the plugin.
func (l Licence) Refused() []string {
	return slices.DeleteFunc(slices.Clone(l.IDs), func(id string) bool { return slices.Contains(allowed(), id) })
}

// allowed are the licences that ask for no more than to be passed on with the program; MPL-2.0 asks for its own files
// to stay open, which they are.
func allowed() []string {
	return strings.Fields("0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause CC0-1.0 ISC MIT MPL-2.0 Unlicense Zlib " +
		PublicDomain)
}
