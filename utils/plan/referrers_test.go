package plan_test

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// A referrer is there when the target's folder has it and a list that verifiers read shows it.
func TestReferrersAtTheTarget(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		api bool
		// fallback is a tag at the source too.
		fallback, bare         bool
		held, listed, inTheirs bool
		pushed                 bool
	}{
		"API: nothing":                           {api: true, pushed: true},
		"API: there":                             {api: true, held: true, listed: true},
		"API: listed, but the folder is gone":    {api: true, listed: true, pushed: true},
		"API: held, but not listed":              {api: true, held: true, pushed: true},
		"API: in the fallback tag only":          {api: true, held: true, inTheirs: true, pushed: true},
		"API and fallback tag: there":            {api: true, fallback: true, held: true, listed: true, inTheirs: true},
		"no API: nothing":                        {fallback: true, pushed: true},
		"no API: there":                          {fallback: true, held: true, inTheirs: true},
		"no API: listed, but the folder is gone": {fallback: true, inTheirs: true, pushed: true},
		"no API: held, but not listed":           {fallback: true, held: true, pushed: true},
		"no subject: nothing":                    {api: true, fallback: true, bare: true, pushed: true},
		"no subject: there":                      {api: true, fallback: true, bare: true, held: true, inTheirs: true},
		"no subject: listed, the folder is gone": {api: true, fallback: true, bare: true, inTheirs: true, pushed: true},
		"no subject: held, but not in the list":  {api: true, fallback: true, bare: true, held: true, pushed: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.api = tt.api
			root := s.image("1.0", "app")
			var m manifest.Manifest
			if tt.bare {
				m = s.image("", "bare")
			} else {
				m = s.attach(root, bundleType, "one")
			}
			if tt.fallback {
				s.fallback(root, entriesFor(m)...)
			}
			path := to().Folder(m.Digest.String())
			state := holding()
			state.Held[path], state.Listed[path] = tt.held, tt.listed
			if tt.inTheirs {
				state.Records[fallbackFolder(to(), root)] = fallbackOf(t, entriesFor(m)...)
			}
			p, err := plan.Make(unsigned(), s.graph("1.0"), state)
			require.NoError(t, err)
			require.Len(t, p.Items, 1)
			assert.Len(t, p.Of(plan.UpdateFallback), count(tt.fallback && !tt.inTheirs))
			if !tt.pushed {
				assert.Empty(t, p.Of(plan.PushReferrer))
				assert.Equal(t, plan.Item{Attachment: p.Items[0].Attachment, Transfer: plan.TransferNone}, p.Items[0])
				return
			}
			assert.Equal(t, plan.Item{Attachment: p.Items[0].Attachment, Transfer: plan.TransferCopy, Path: path}, p.Items[0])
			assert.Equal(t, []plan.Step{{
				Action: plan.PushReferrer, Path: path, From: from().Folder(m.Digest.String()), Digest: m.Digest, Manifest: m,
				Subject: root.Digest, Home: from(), Target: to(),
			}}, p.Of(plan.PushReferrer))
		})
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// One manifest without subject in the fallback tags of two subjects is written once, and listed twice.
func TestOneEntryOfTwoSubjects(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	child := s.image("", "amd64")
	root, bare := s.index("1.0", child), s.image("", "bare")
	for _, m := range []manifest.Manifest{root, child} {
		s.fallback(m, entriesFor(bare)...)
	}
	p, err := plan.Make(unsigned(), s.graph("1.0"), holding())
	require.NoError(t, err)
	assert.Len(t, p.Of(plan.PushReferrer), 1)
	assert.Len(t, p.Of(plan.UpdateFallback), 2)
	require.Len(t, p.Items, 2)
	assert.Equal(t, p.Items[0].Path, p.Items[1].Path)
}

// A referrer comes after what it is attached to, whatever that is; a suffix tag waits for nothing.
func TestWavesOfSteps(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.api = true
	root := s.image("1.0", "app")
	sig, bundle := s.hang(root, "sig", "A"), s.attach(root, bundleType, "one")
	onSig, onBundle := s.hang(sig, "sig", "B"), s.attach(bundle, bundleType, "two")
	bundleOnSig, sigOnBundle := s.attach(sig, bundleType, "three"), s.hang(onBundle, "sig", "C")
	layer := s.image("", "layer")
	index := s.attachIndex(bundleOnSig, layer)
	onLayer := s.hang(layer, "att", "D")
	p, err := plan.Make(request(), s.graph("1.0"), holding())
	require.NoError(t, err)
	waves := map[digest.Digest]int{}
	for _, step := range p.Of(plan.CopyAttachment, plan.PushReferrer) {
		waves[step.Digest] = step.Wave
	}
	assert.Equal(t, map[digest.Digest]int{
		sig.Digest: 0, onSig.Digest: 0, sigOnBundle.Digest: 0, onLayer.Digest: 0,
		bundle.Digest: 0, onBundle.Digest: 1, bundleOnSig.Digest: 1, index.Digest: 2,
	}, waves)
	assert.Equal(t, plan.Promote, p.Steps[len(p.Steps)-1].Action)
}

// Records that are attached to each other have an end.
func TestACircle(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	root := s.image("1.0", "app")
	sig := s.hang(root, "sig", "A")
	att := s.hang(sig, "att", "B")
	s.hang(att, "sig", "A")
	p, err := plan.Make(request(), s.graph("1.0"), holding())
	require.NoError(t, err)
	require.Len(t, p.Of(plan.CopyAttachment), 3)
}

// F19, oci-artifact=true: a child of the index that is a referrer of another child travels as a child; to be listed, it
// is pushed as a referrer too. It is one manifest in all of the plan.
func TestChildThatIsAReferrer(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.api = true
	amd64 := s.image("", "amd64")
	att := s.attach(amd64, "application/vnd.docker.attestation.manifest.v1+json", "provenance")
	s.index("1.0", amd64, att)
	sig := s.hang(att, "sig", "A")
	g := s.graph("1.0")
	assert.Equal(t, 3, len(g.ImageDigests()))
	require.Len(t, g.Of(amd64.Digest), 1)

	p, err := plan.Make(unsigned(), g, holding())
	require.NoError(t, err)
	assert.Equal(t, []string{
		"push-referrer " + to().Folder(att.Digest.String()),
		"copy-attachment " + to().Folder(tagOf(att, "sig")),
		"promote docker-prod/app/1.0",
	}, sortedBy(p, plan.PushReferrer, plan.CopyAttachment, plan.Promote))
	assert.Len(t, p.Items, 2)

	state := holding(att)
	state.Tagged = g.Root
	state.Records[to().Folder(tagOf(att, "sig"))] = sig
	p, err = plan.Make(unsigned(), g, state)
	require.NoError(t, err)
	assert.True(t, p.Empty())

	// A promotion by another tool brought it as a child, and no list shows it.
	state.Listed = nil
	p, err = plan.Make(unsigned(), g, state)
	require.NoError(t, err)
	assert.Equal(t, []string{"push-referrer " + to().Folder(att.Digest.String())}, actions(p))

	rest := attachment.Remainder{}
	var deleted []string
	for _, step := range plan.Cleanup(g, "1.0", s.listing(), rest) {
		deleted = append(deleted, step.Path[len(from().String())+1:])
	}
	assert.ElementsMatch(t, []string{"1.0", folder(amd64), folder(att), tagOf(att, "sig")}, deleted, "each once")
}

func sortedBy(p *plan.Plan, order ...plan.Action) []string {
	var all []string
	for _, a := range order {
		all = append(all, actions(&plan.Plan{Steps: p.Of(a)})...)
	}
	return all
}

func signatures() reference.Image  { return reference.Image{Repo: "sigs-dev", Path: "app"} }
func signatures2() reference.Image { return reference.Image{Repo: "sigs-prod", Path: "app"} }

// Attachments in another place go where the user says, else they stay.
func TestPlaces(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		api    bool
		places []plan.Mapping
		want   reference.Image
	}{
		"SRC":             {false, []plan.Mapping{{From: signatures()}}, reference.Image{}},
		"SRC=SRC":         {false, []plan.Mapping{{From: signatures(), To: signatures()}}, reference.Image{}},
		"SRC=DST":         {false, []plan.Mapping{{From: signatures(), To: signatures2()}}, signatures2()},
		"SRC=the target":  {false, []plan.Mapping{{From: signatures(), To: to()}}, to()},
		"SRC, API":        {true, []plan.Mapping{{From: signatures()}}, reference.Image{}},
		"SRC=DST, API":    {true, []plan.Mapping{{From: signatures(), To: signatures2()}}, signatures2()},
		"another SRC=DST": {true, []plan.Mapping{{From: to(), To: signatures2()}}, reference.Image{}},
		"two, the last one": {
			true,
			[]plan.Mapping{{From: to(), To: to()}, {From: signatures(), To: signatures2()}},
			signatures2(),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image, place := newShelf(t), newShelf(t)
			image.api, place.api = tt.api, tt.api
			root := image.image("1.0", "app")
			image.hang(root, "att", "A")
			place.hang(root, "sig", "A")
			bundle := place.attach(root, bundleType, "one")
			if !tt.api {
				place.fallback(root, entriesFor(bundle)...)
			}
			r := request()
			r.Places = tt.places
			p, err := plan.Make(r, library{from(): image, signatures(): place}.graph(t, signatures()), holding())
			require.NoError(t, err, "a signature in another place makes the image signed")
			require.Len(t, p.Items, 3)
			want := []string{"copy-attachment " + to().Folder(tagOf(root, "att")), "promote docker-prod/app/1.0"}
			if tt.want != (reference.Image{}) {
				want = append(want, "copy-attachment "+tt.want.Folder(tagOf(root, "sig")),
					"push-referrer "+tt.want.Folder(bundle.Digest.String()))
				if !tt.api {
					want = append(want, "update-fallback "+fallbackFolder(tt.want, root))
				}
			}
			assert.ElementsMatch(t, want, actions(p))
			for _, step := range p.Of(plan.CopyAttachment, plan.PushReferrer, plan.UpdateFallback) {
				if step.Path == to().Folder(tagOf(root, "att")) {
					continue
				}
				assert.Equal(t, signatures(), step.Home)
				assert.Equal(t, tt.want, step.Target)
				assert.Contains(t, step.From, signatures().String()+"/")
			}
			for _, item := range p.Items {
				assert.Equal(t, item.Home == from() || tt.want != (reference.Image{}), item.Transfer == plan.TransferCopy)
			}
		})
	}
}

// The same referrer in two places is looked for in each place of the target by itself.
func TestOneReferrerInTwoPlaces(t *testing.T) {
	t.Parallel()
	image, place := newShelf(t), newShelf(t)
	image.api, place.api = true, true
	root := image.image("1.0", "app")
	bundle := image.attach(root, bundleType, "one")
	place.folders[bundle.Digest.String()] = bundle
	r := unsigned()
	r.Places = []plan.Mapping{{From: signatures(), To: signatures2()}}
	p, err := plan.Make(r, library{from(): image, signatures(): place}.graph(t, signatures()), holding(bundle))
	require.NoError(t, err)
	assert.Equal(t, []string{
		"push-referrer " + signatures2().Folder(bundle.Digest.String()),
		"promote docker-prod/app/1.0",
	}, actions(p))
}

// Two places that go to one: the record of the second is joined with what the first brings, not copied onto it.
func TestTwoPlacesToOne(t *testing.T) {
	t.Parallel()
	image, place := newShelf(t), newShelf(t)
	root := image.image("1.0", "app")
	image.hang(root, "sig", "A")
	place.hang(root, "sig", "B")
	one, two := image.attach(root, bundleType, "one"), place.attach(root, bundleType, "two")
	image.fallback(root, entriesFor(one)...)
	place.fallback(root, entriesFor(two)...)
	r := request()
	r.Places = []plan.Mapping{{From: signatures(), To: to()}}
	state := holding()
	p, err := plan.Make(r, library{from(): image, signatures(): place}.graph(t, signatures()), state)
	require.NoError(t, err)
	assert.Len(t, p.Of(plan.CopyAttachment), 1)
	assert.Len(t, p.Of(plan.MergeAttachment), 1)
	fallbacks := p.Of(plan.UpdateFallback)
	require.Len(t, fallbacks, 2)
	assert.ElementsMatch(t, digestsOf(one, two), digests(fallbacks[1].Manifest))
	assert.Empty(t, state.Records, "the caller's state stays as it was read")
}
