// Package linked tells what a binary is made of: how many of its bytes come from which module.
package linked

import (
	"cmp"
	"debug/buildinfo"
	"debug/elf"
	"os"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
)

// Names of what belongs to no module alone.
const (
	Standard  = "standard library and runtime"
	Functions = "function tables (pclntab)"
	Debug     = "debug information and symbols"
	Types     = "types, strings and other data without a name"
)

// Read reads an ELF binary with its symbols. Every byte of the file is in exactly one part; the greatest comes first.
func Read(path string) (record.Size, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return record.Size{}, err
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return record.Size{}, err
	}
	file, err := elf.Open(path)
	if err != nil {
		return record.Size{}, err
	}
	defer func() { _ = file.Close() }()
	symbols, err := file.Symbols()
	if err != nil {
		return record.Size{}, err
	}
	parts := sections(file)
	named := symbolSizes(file, symbols, modulesOf(info))
	for name, bytes := range named {
		parts[name] += bytes
	}
	parts[Types] = stat.Size() - sum(parts)
	return record.Size{Platform: "linux/amd64", Bytes: stat.Size(), Modules: sorted(parts)}, nil
}

// modulesOf returns the paths of all modules in a binary, the longest first, so that the first prefix is the right one.
func modulesOf(info *buildinfo.BuildInfo) []string {
	paths := make([]string, 0, 1+len(info.Deps))
	paths = append(paths, info.Main.Path)
	for _, m := range info.Deps {
		paths = append(paths, m.Path)
	}
	slices.SortFunc(paths, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return paths
}

// sections returns the size of what is told by the name of its section.
func sections(file *elf.File) map[string]int64 {
	parts := map[string]int64{}
	for _, s := range file.Sections {
		switch {
		case s.Name == ".gopclntab":
			parts[Functions] += size(s.FileSize)
		case strings.HasPrefix(s.Name, ".debug_"), s.Name == ".symtab", s.Name == ".strtab":
			parts[Debug] += size(s.FileSize)
		}
	}
	return parts
}

// symbolSizes adds up the symbols of each module that take room in the file. Memory that is only reserved takes none.
func symbolSizes(file *elf.File, symbols []elf.Symbol, modules []string) map[string]int64 {
	sizes := map[string]int64{}
	for _, s := range symbols {
		if int(s.Section) >= len(file.Sections) || s.Section == elf.SHN_UNDEF {
			continue
		}
		section := file.Sections[s.Section]
		if section.Type == elf.SHT_NOBITS || section.Name == ".gopclntab" {
			continue
		}
		if module := moduleOf(packageOf(s.Name), modules); module != "" {
			sizes[module] += size(s.Size)
		}
	}
	return sizes
}

// moduleOf finds the module of a package. What the compiler makes for all packages has none.
func moduleOf(pkg string, modules []string) string {
	switch pkg {
	case "":
		return ""
	case "main":
		return modules[slices.IndexFunc(modules, func(m string) bool { return strings.HasSuffix(m, "/signed-promote") })]
	}
	for _, m := range modules {
		if pkg == m || strings.HasPrefix(pkg, m+"/") {
			return m
		}
	}
	return Standard
}

// packageOf returns the package of a symbol: "example.com/a/b" of "example.com/a/b.(*T).Method[example.com/c.D]". The
// linker writes dots in the last element of a path as %2e.
func packageOf(symbol string) string {
	if strings.HasPrefix(symbol, "type:") || strings.HasPrefix(symbol, "go:") {
		return ""
	}
	plain, _, _ := strings.Cut(symbol, "[")
	plain, _, _ = strings.Cut(plain, "(")
	slash := strings.LastIndexByte(plain, '/') + 1
	element, _, found := strings.Cut(plain[slash:], ".")
	if !found {
		return ""
	}
	return plain[:slash] + strings.ReplaceAll(element, "%2e", ".")
}

// size is safe: nothing in a file is greater than the file.
func size(bytes uint64) int64 { return int64(bytes) } //nolint:gosec // see above

func sum(parts map[string]int64) (total int64) {
	for _, bytes := range parts {
		total += bytes
	}
	return total
}

func sorted(parts map[string]int64) []record.Module {
	modules := make([]record.Module, 0, len(parts))
	for name, bytes := range parts {
		modules = append(modules, record.Module{Name: name, Bytes: bytes})
	}
	slices.SortFunc(modules, func(a, b record.Module) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
	return modules
}
