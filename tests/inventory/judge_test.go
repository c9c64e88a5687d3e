package inventory

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// judge is a slow way to the truth: it reads every file of the double's storage and asks its referrers API about every
// digest. It shares no code with the plugin.
type classify struct {
	server *artifactory.Server
	// files are the files by "<repo>/<image>" and folder.
	files map[string]map[string]map[string]string
	docs  map[string]document
	lists map[string][]string
	blobs map[string]bool
	// mentions names the images in which something names a digest as its subject, so that the judge ends on the same
	// day.
	mentions map[string][]string
}

// document is the part of a manifest that matters.
type document struct {
	MediaType    string
	ArtifactType string
	Config       *descriptor
	Layers       []descriptor
	Blobs        []descriptor
	Manifests    []descriptor
	Subject      *descriptor
	Annotations  map[string]string
}

type descriptor struct {
	MediaType, Digest string
	URLs              []string
	Annotations       map[string]string
	Platform          *struct{ OS string }
}

// opinion is what is to be said of an image.
type opinion struct {
	State    string
	FoundIn  []string
	Problems []string
}

// attached is something that claims to be attached to a subject.
type attached struct {
	name, kind string
	signs      bool
	// problem is empty for what is whole.
	problem string
	// none reports that a tag for a signature holds none.
	none   bool
	digest string
}

func newJudge(s *artifactory.Server) *classify {
	j := &classify{
		server: s, files: map[string]map[string]map[string]string{}, docs: map[string]document{},
		lists: map[string][]string{}, blobs: map[string]bool{},
	}
	for file, sha256 := range s.Snapshot() {
		parts := strings.Split(file, "/")
		name, folder, image := parts[len(parts)-1], parts[len(parts)-2], strings.Join(parts[:len(parts)-2], "/")
		if j.files[image] == nil {
			j.files[image] = map[string]map[string]string{}
		}
		if j.files[image][folder] == nil {
			j.files[image][folder] = map[string]string{}
		}
		j.files[image][folder][name] = "sha256:" + sha256
	}
	j.mentions = map[string][]string{}
	for image, folders := range j.files {
		for folder := range folders {
			if at := strings.Index(folder, "sha256-"); at >= 0 && len(folder) >= at+71 {
				j.mention("sha256:"+folder[at+7:at+71], image)
			}
			if doc := j.read(j.in(image, folder)); doc.Subject != nil {
				j.mention(doc.Subject.Digest, image)
			}
		}
	}
	return j
}

func (j *classify) mention(digest, image string) {
	if !slices.Contains(j.mentions[digest], image) {
		j.mentions[digest] = append(j.mentions[digest], image)
	}
}

// in returns the digest of the manifest in a folder, "" for none. An index goes before a manifest.
func (j *classify) in(image, folder string) string {
	if d := j.files[image][folder]["list.manifest.json"]; d != "" {
		return d
	}
	return j.files[image][folder]["manifest.json"]
}

func (j *classify) read(digest string) document {
	d, known := j.docs[digest]
	if !known {
		raw, _ := j.server.Content(strings.TrimPrefix(digest, "sha256:"))
		_ = json.Unmarshal(raw, &d)
		j.docs[digest] = d
	}
	return d
}

func (j *classify) holds(image, digest string) bool {
	for folder := range j.files[image] {
		if j.in(image, folder) == digest {
			return true
		}
	}
	return false
}

// referrers asks the registry.
func (j *classify) referrers(image, digest string) []string {
	key := image + "@" + digest
	if list, known := j.lists[key]; known {
		return list
	}
	w := j.ask("GET", image+"/referrers/"+digest)
	var index document
	_ = json.Unmarshal(w.Body.Bytes(), &index)
	list := []string{}
	for _, m := range index.Manifests {
		list = append(list, m.Digest)
	}
	j.lists[key] = list
	return list
}

// hooks returns everything in an image that claims to be attached to a digest.
func (j *classify) hooks(image, digest string) []attached {
	var all []attached
	hex := strings.TrimPrefix(digest, "sha256:")
	listed := j.referrers(image, digest)
	fallback := []string{}
	if index := j.in(image, "sha256-"+hex); index != "" && !j.isImage(image, "sha256-"+hex) {
		if d := j.read(index); d.MediaType == "application/vnd.oci.image.index.v1+json" {
			for _, m := range d.Manifests {
				fallback = append(fallback, m.Digest)
			}
		}
	}
	for folder := range j.files[image] {
		if at := strings.Index(folder, "sha256-"+hex); at >= 0 && folder != "sha256-"+hex && j.in(image, folder) != digest {
			all = append(all, j.suffixed(image, folder, at, at+len("sha256-"+hex)))
		}
	}
	for _, d := range fallback {
		if slices.Contains(listed, d) {
			continue
		}
		doc := j.read(d)
		subject := ""
		if doc.Subject != nil {
			subject = doc.Subject.Digest
		}
		child := slices.ContainsFunc(j.read(digest).Manifests, func(m descriptor) bool { return m.Digest == d })
		switch {
		case !j.holds(image, d):
			all = append(all, attached{name: d, problem: "damaged"})
		case subject == digest, subject == "" && !child:
			all = append(all, j.referrer(image, d))
		}
	}
	for _, d := range listed {
		all = append(all, j.referrer(image, d))
	}
	for folder := range j.files[image] {
		d := j.in(image, folder)
		if !strings.Contains(folder, ":") || d == "" || slices.Contains(listed, d) || slices.Contains(fallback, d) {
			continue
		}
		if doc := j.read(d); doc.Subject != nil && doc.Subject.Digest == digest && !j.isChild(image, d) {
			all = append(all, attached{name: d, problem: "damaged", digest: d})
		}
	}
	return all
}

func (j *classify) isChild(image, digest string) bool {
	for folder := range j.files[image] {
		if slices.ContainsFunc(j.read(j.in(image, folder)).Manifests,
			func(m descriptor) bool { return m.Digest == digest }) && !strings.HasPrefix(folder, "sha256-") {
			return true
		}
	}
	return false
}

func (j *classify) suffixed(image, folder string, from, to int) attached {
	kinds := map[string]string{".sig": "signature", ".att": "attestation", ".sbom": "sbom"}
	a := attached{name: folder, kind: kinds[folder[to:]], digest: j.in(image, folder)}
	doc := j.read(a.digest)
	if runs(doc) {
		a.kind = ""
	}
	holds := !runs(doc) && slices.ContainsFunc(doc.Layers, func(l descriptor) bool {
		return l.MediaType == "application/vnd.dev.cosign.simplesigning.v1+json" && l.Annotations["dev.cosignproject.cosign/signature"] != ""
	})
	a.signs = folder[to:] == ".sig" && from == 0 && holds
	a.none = folder[to:] == ".sig" && !holds
	if a.digest == "" || !j.whole(image, doc) {
		a.problem = "damaged"
	}
	return a
}

func (j *classify) referrer(image, digest string) attached {
	doc := j.read(digest)
	a := attached{name: digest, digest: digest}
	kind := doc.ArtifactType
	if kind == "" && doc.Config != nil {
		kind = doc.Config.MediaType
	}
	switch {
	case strings.HasPrefix(kind, "application/vnd.dev.sigstore.bundle"):
		a.signs = doc.Annotations["dev.sigstore.bundle.predicateType"] == "https://sigstore.dev/cosign/sign/v1"
	case kind == "application/vnd.cncf.notary.signature", kind == "application/vnd.dev.cosign.artifact.sig.v1+json":
		a.signs = true
	}
	if !j.whole(image, doc) {
		a.problem = "damaged"
	}
	return a
}

// whole reports whether the registry serves every blob of a manifest.
func (j *classify) whole(image string, doc document) bool {
	blobs := slices.Concat(doc.Layers, doc.Blobs)
	if doc.Config != nil {
		blobs = append(blobs, *doc.Config)
	}
	for _, b := range blobs {
		if len(b.URLs) == 0 && !j.serves(image, b.Digest) {
			return false
		}
	}
	return true
}

func (j *classify) serves(image, digest string) bool {
	key := image + "@" + digest
	there, known := j.blobs[key]
	if !known {
		there = j.ask("HEAD", image+"/blobs/"+digest).Code == 200
		j.blobs[key] = there
	}
	return there
}

// ask sends a request to the registry.
func (j *classify) ask(method, path string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "/v2/"+path, nil)
	req.SetBasicAuth(user, password)
	w := httptest.NewRecorder()
	j.server.ServeHTTP(w, req)
	return w
}

// opinion decides on a tag of an image, with what other repositories have.
func (j *classify) opinion(image, tag string, sources []string) opinion {
	root := j.in(image, tag)
	digests, attesting, missing := j.below(image, root)
	o := opinion{FoundIn: []string{}, Problems: []string{}}
	signed := map[string]bool{}
	lostSignature := false
	for _, d := range missing {
		o.Problems = append(o.Problems, "missing "+d)
	}
	broken := len(missing) > 0
	seen := map[string]bool{}
	for next := slices.Concat(digests, attesting); len(next) > 0; next = next[1:] {
		d := next[0]
		if seen[d] {
			continue
		}
		seen[d] = true
		here := j.hooks(image, d)
		for _, a := range here {
			if a.problem != "" {
				o.Problems = append(o.Problems, a.problem+" "+d+" "+a.name)
				broken = true
				continue
			}
			signed[d] = signed[d] || a.signs
			if a.none {
				o.Problems = append(o.Problems, "no-signature "+d+" "+a.name)
			}
			next = append(next, a.digest)
		}
		for name, signs := range j.elsewhere(d, here, sources, &o) {
			o.Problems = append(o.Problems, "left-behind "+d+" "+name)
			lostSignature = lostSignature || signs
		}
	}
	below := slices.ContainsFunc(digests[1:], func(d string) bool { return signed[d] })
	unsigned := 0
	for n, d := range digests {
		if !signed[d] && (n == 0 || below) {
			o.Problems = append(o.Problems, "not-signed "+d)
			unsigned++
		}
	}
	switch {
	case broken:
		o.State = "broken"
	case unsigned > 0 && lostSignature:
		o.State = "lost"
	case unsigned == 0:
		o.State = "signed"
	case below || signed[root]:
		o.State = "partly"
	default:
		o.State = "unsigned"
	}
	slices.Sort(o.Problems)
	slices.Sort(o.FoundIn)
	o.FoundIn = slices.Compact(o.FoundIn)
	return o
}

// elsewhere returns the whole attachments of a digest that some image of the sources has and this one lacks, and
// whether they sign.
func (j *classify) elsewhere(digest string, here []attached, sources []string, o *opinion) map[string]bool {
	left := map[string]bool{}
	for _, image := range j.mentions[digest] {
		repo, _, _ := strings.Cut(image, "/")
		if !slices.Contains(sources, repo) {
			continue
		}
		for _, a := range j.hooks(image, digest) {
			has := slices.ContainsFunc(here, func(h attached) bool { return h.name == a.name && h.problem == "" })
			if a.problem == "" && !has {
				left[a.name] = left[a.name] || a.signs
				o.FoundIn = append(o.FoundIn, image)
			}
		}
	}
	return left
}

// below lists the root and every manifest under it that somebody may sign, and what is not there.
func (j *classify) below(image, root string) (digests, attesting, missing []string) {
	digests = []string{root}
	for i := 0; i < len(digests); i++ {
		if !j.holds(image, digests[i]) {
			continue
		}
		for _, m := range j.read(digests[i]).Manifests {
			if slices.Contains(digests, m.Digest) {
				continue
			}
			if !j.holds(image, m.Digest) && !slices.Contains(missing, m.Digest) {
				missing = append(missing, m.Digest)
			}
			if m.Annotations["vnd.docker.reference.type"] == "" {
				digests = append(digests, m.Digest)
			} else {
				attesting = append(attesting, m.Digest)
			}
		}
	}
	return digests, attesting, missing
}

// all returns the opinion on every tag of a repository.
func (j *classify) all(repo string, sources ...string) map[string]opinion {
	opinions := map[string]opinion{}
	for image, folders := range j.files {
		path, mine := strings.CutPrefix(image, repo+"/")
		if !mine {
			continue
		}
		for folder := range folders {
			if j.isImage(image, folder) {
				opinions[path+":"+folder] = j.opinion(image, folder, sources)
			}
		}
	}
	return opinions
}

// isImage reports whether a folder holds an image: one with a plain tag, one that is named after its own digest, and
// whatever runs. A tag with nothing but the digest of another manifest is for an index of what is attached to that;
// everything else there is an image.
func (j *classify) isImage(image, folder string) bool {
	d := j.in(image, folder)
	at := strings.Index(folder, "sha256-")
	switch {
	case d == "" || strings.Contains(folder, ":"):
		return false
	case at < 0 || len(folder) < at+71:
		return true
	}
	doc, named := j.read(d), folder[at+7:at+71]
	switch {
	case "sha256:"+named == d:
		return true
	case folder == "sha256-"+named && doc.MediaType == "application/vnd.oci.image.index.v1+json":
		return runs(doc) && !slices.ContainsFunc(doc.Manifests, func(m descriptor) bool { return m.Platform == nil })
	case folder == "sha256-"+named:
		return runs(doc) || doc.Subject == nil
	case slices.Contains([]string{".sig", ".att", ".sbom"}, folder[at+71:]):
		return runs(doc)
	default: // no tool attaches anything under such a tag, as far as we know
		return runs(doc) || doc.Subject == nil && !j.holds(image, "sha256:"+named)
	}
}

// runs reports what can be started: platforms, or layers of a file system.
func runs(doc document) bool {
	for _, m := range doc.Manifests {
		if m.Platform != nil && m.Platform.OS != "" && m.Platform.OS != "unknown" {
			return true
		}
	}
	return strings.Contains(doc.MediaType, "manifest.list") || slices.ContainsFunc(doc.Layers, func(l descriptor) bool {
		return strings.Contains(l.MediaType, ".image.layer.") || strings.Contains(l.MediaType, ".image.rootfs.")
	})
}
