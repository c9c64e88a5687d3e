package scenario

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
)

// signer is a version of cosign with the options for one layout, without a network but the registry.
type signer struct {
	name string
	sign []string
}

func tagSigner() signer { return signer{"cosign-v2", []string{"--tlog-upload=false"}} }

func tagSigner3() signer {
	return signer{"cosign-v3", []string{"--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false"}}
}

// bundler signs with bundles that are attached to the image by their subject.
func (w *world) bundler() signer {
	config := filepath.Join(w.home, "signing.json")
	w.tool("cosign-v3", "signing-config", "create", "--no-default-fulcio", "--no-default-rekor", "--no-default-tsa",
		"--no-default-oidc", "--out", config)
	return signer{"cosign-v3", []string{"--signing-config", config, "--trusted-root", w.trustedRoot()}}
}

// trustedRoot is the file without which cosign looks for the public one on the internet.
func (w *world) trustedRoot() string {
	return w.file("root.json", `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`)
}

// http are the options for a server without TLS. On loopback cosign takes that for granted.
func (w *world) http() []string {
	if w.Client.Insecure() {
		return []string{"--allow-http-registry"}
	}
	return nil
}

// plain is the option of oras for a server without TLS.
func (w *world) plain() []string {
	if w.Client.Insecure() {
		return []string{"--plain-http"}
	}
	return nil
}

// hosts is the option of regctl for a server without TLS.
func (w *world) hosts() []string {
	if !w.Client.Insecure() {
		return nil
	}
	var options []string
	for _, repo := range []string{w.Pair.Source, w.Pair.Target} {
		host, _, _ := strings.Cut(w.registry(repo), "/")
		options = append(options, "--host", "reg="+host+",tls=disabled")
	}
	return options
}

// key makes a key pair and gives the common part of both file names.
func (w *world) key(name string) string {
	w.tool("cosign-v3", "generate-key-pair", "--output-key-prefix", name)
	return filepath.Join(w.home, name)
}

func (w *world) sign(s signer, key, ref string, more ...string) {
	w.tool(s.name, slices.Concat([]string{"sign", "--key", key + ".key"}, s.sign, w.http(), more, []string{ref})...)
}

func (w *world) attest(s signer, key, ref string) {
	predicate := w.file("predicate.json", `{"builder":"ci"}`)
	w.tool(s.name, slices.Concat([]string{"attest", "--key", key + ".key", "--predicate", predicate, "--type", "custom"},
		s.sign, w.http(), []string{ref})...)
}

// attachSBOM attaches an SBOM by its tag and gives the record by digest.
func (w *world) attachSBOM(ref string) string {
	sbom := w.file("sbom.json", `{"spdxVersion":"SPDX-2.3"}`)
	w.tool("cosign-v2", slices.Concat([]string{"attach", "sbom", "--sbom", sbom, "--type", "spdx"}, w.http(),
		[]string{ref})...)
	return w.record(ref, "sbom")
}

// record returns what is behind a suffix tag, by digest.
func (w *world) record(ref, suffix string) string {
	if w.err != nil {
		return ref
	}
	tag := strings.Replace(ref, "@sha256:", ":sha256-", 1) + "." + suffix
	return ref[:strings.Index(ref, "@")+1] + strings.TrimSpace(w.tool("crane",
		slices.Concat([]string{"digest"}, w.insecure(), []string{tag})...))
}

// insecure is the option of crane for a server without TLS.
func (w *world) insecure() []string {
	if w.Client.Insecure() {
		return []string{"--insecure"}
	}
	return nil
}

// orasAttach attaches a file as a referrer and gives it by digest.
func (w *world) orasAttach(ref string) string {
	w.file("report.txt", "no findings in "+digestOf(ref))
	output := w.tool("oras", slices.Concat([]string{"attach", "--artifact-type", "text/plain", "--format", "json"},
		w.plain(), []string{ref, "report.txt:text/plain"})...)
	var attached struct {
		Reference string `json:"reference"`
	}
	start := strings.Index(output, "{")
	if w.err == nil && (start < 0 || json.Unmarshal([]byte(output[start:]), &attached) != nil) {
		w.fail("oras attach: %s", lastLines(output))
	}
	return attached.Reference
}
