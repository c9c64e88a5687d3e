package contract_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
)

// flip is a setting of the double that makes statements wrong, and the knob that each verdict has to name.
type flip struct {
	statements []string
	knob       string
	set        func(*artifactory.Knobs)
}

func flips() []flip {
	type k = artifactory.Knobs
	return []flip{
		{[]string{"promote-no-referrers"}, "PromoteCarriesReferrers=true", func(k *k) { k.PromoteCarriesReferrers = true }},
		{[]string{"promote-answer"}, "PromoteBody=PromoteEmpty", func(k *k) { k.PromoteBody = artifactory.PromoteEmpty }},
		{[]string{"promote-answer"}, "PromoteBody=PromoteJSON", func(k *k) { k.PromoteBody = artifactory.PromoteJSON }},
		{[]string{"promote-no-arch-tags"}, "PromoteArchTags=true", func(k *k) { k.PromoteArchTags = true }},
		{
			[]string{"promote-keeps-shared-layers"},
			"PromoteDeletesSharedLayers=true",
			func(k *k) { k.PromoteDeletesSharedLayers = true },
		},
		{
			[]string{"promote-move-keeps-shared-children"},
			"PromoteMovesSharedChildren=true",
			func(k *k) { k.PromoteMovesSharedChildren = true },
		},
		{
			[]string{"promote-leaves-images-below"},
			"PromoteTakesSubfolders=true",
			func(k *k) { k.PromoteTakesSubfolders = true },
		},
		{
			[]string{"copy-error-status", "copy-onto-itself", "overwrite-copy"},
			"CopyErrorStatus=200",
			func(k *k) { k.CopyErrorStatus = http.StatusOK },
		},
		{
			[]string{"copy-error-status", "overwrite-copy"},
			"CopyErrorStatus=0 (the code of the last error)",
			func(k *k) { k.CopyErrorStatus = 0 },
		},
		{[]string{"copy-dry-run"}, "CopyMultiTx=true", func(k *k) { k.CopyMultiTx = true }},
		{
			[]string{"referrers-after-copy"},
			"ReferrersAPI=ReferrersOnPushAndCopy",
			func(k *k) { k.ReferrersAPI = artifactory.ReferrersOnPushAndCopy },
		},
		{
			[]string{"referrers-listed", "referrers-subject-header"},
			"ReferrersAPI=ReferrersOff",
			func(k *k) { k.ReferrersAPI = artifactory.ReferrersOff },
		},
		{
			[]string{"referrers-before-subject"},
			"BeforeSubject=SubjectlessRefused",
			func(k *k) { k.BeforeSubject = artifactory.SubjectlessRefused },
		},
		{
			[]string{"referrers-before-subject"},
			"BeforeSubject=SubjectlessUnlisted",
			func(k *k) { k.BeforeSubject = artifactory.SubjectlessUnlisted },
		},
		{[]string{"referrers-subject-header"}, "SubjectHeader=false", func(k *k) { k.SubjectHeader = false }},
		{[]string{"referrers-no-file"}, "ReferrersFile=true", func(k *k) { k.ReferrersFile = true }},
		{[]string{"referrers-of-nothing"}, "ReferrersStatus=405", func(k *k) { k.ReferrersStatus = 405 }},
		{[]string{"referrers-artifact-type"}, "ReferrersConfigType=true", func(k *k) { k.ReferrersConfigType = true }},
		{[]string{"referrers-media-type"}, "ReferrersCharset=true", func(k *k) { k.ReferrersCharset = true }},
		{[]string{"referrers-filter"}, "ReferrersNoFilter=true", func(k *k) { k.ReferrersNoFilter = true }},
		{[]string{"referrers-one-page"}, "ReferrersPageSize=2", func(k *k) { k.ReferrersPageSize = 2 }},
		{[]string{"marks-headers"}, "Unbranded=true", func(k *k) { k.Unbranded = true }},
		{[]string{"marks-unknown-path"}, "BareUnknownPaths=true", func(k *k) {
			k.BareUnknownPaths, k.Unbranded = true,
				true
		}},
		{[]string{"layout-both-files"}, "StrictTagOverwrite=true", func(k *k) { k.StrictTagOverwrite = true }},
		{[]string{"registry-accept"}, "StrictAccept=false", func(k *k) { k.StrictAccept = false }},
		{
			[]string{"blobs-own-image"},
			"BlobScope=SameRepository or AllReadable",
			func(k *k) { k.BlobScope = artifactory.SameRepository },
		},
		{[]string{"blobs-before-manifest"}, "BlobsBeforeManifest=false", func(k *k) { k.BlobsBeforeManifest = false }},
		{[]string{"blobs-mount-across"}, "CrossRepoMount=true", func(k *k) { k.CrossRepoMount = true }},
		{[]string{"blobs-head-own-image"}, "HeadFindsBlobsElsewhere=true", func(k *k) { k.HeadFindsBlobsElsewhere = true }},
		{[]string{"layout-image"}, "PutLeavesBlobs=true", func(k *k) { k.PutLeavesBlobs = true }},
		{
			[]string{"referrers-everywhere"},
			"ReferrersOffIn=the second repository",
			func(k *k) { k.ReferrersOffIn = []string{"*-target"} },
		},
		{
			[]string{"checksum-deploy"},
			"ChecksumDeployStatus=400",
			func(k *k) { k.ChecksumDeployStatus = http.StatusBadRequest },
		},
		{[]string{"blobs-no-redirect", "download-file"}, "RedirectDownloads=true", func(k *k) { k.RedirectDownloads = true }},
		{[]string{"tags-at-once"}, "TagsDelay>0", func(k *k) { k.TagsDelay = 3 }},
		{[]string{"tags-fallback"}, "TagsHideFallback=true or TagsDelay>0", func(k *k) { k.TagsHideFallback = true }},
		{[]string{"tags-pages"}, "TagsIgnoreN=true", func(k *k) { k.TagsIgnoreN = true }},
		{[]string{"tags-one-page"}, "TagsPageSize>0, or TagsDelay>0", func(k *k) { k.TagsPageSize = 2 }},
		{[]string{"storage-manifest-digest"}, "NoSHA256=true", func(k *k) { k.NoSHA256 = true }},
		{[]string{"aql-at-once"}, "AQLDelay>0", func(k *k) { k.AQLDelay = 9 }},
		{[]string{"aql-longest-query"}, "AQLMaxQuery=0", func(k *k) { k.AQLMaxQuery = 0 }},
		{[]string{"aql-long-query"}, "a smaller AQLMaxQuery", func(k *k) { k.AQLMaxQuery = 4000 }},
		{[]string{"aql-rights-after-limit"}, "AQLFilterBeforeLimit=true", func(k *k) { k.AQLFilterBeforeLimit = true }},
		{[]string{"aql-no-hard-limit"}, "AQLHardLimit>0", func(k *k) { k.AQLHardLimit = 1 }},
		{[]string{"rights-configuration"}, "ConfigurationShown=true", func(k *k) { k.ConfigurationShown = true }},
		{[]string{"checksum-needs-no-read"}, "ChecksumDeployNeedsRead=true", func(k *k) { k.ChecksumDeployNeedsRead = true }},
		{
			[]string{"rights-read", "rights-read-absent", "rights-delete", "overwrite-promote", "overwrite-deploy"},
			"HideUnauthorized=true",
			func(k *k) { k.HideUnauthorized = true },
		},
	}
}

// Each check can fail: at the other position of its knob the statement is refuted, and the verdict names that position.
func TestEveryKnobIsNoticed(t *testing.T) {
	t.Parallel()
	for _, f := range flips() {
		t.Run(f.knob, func(t *testing.T) {
			t.Parallel()
			b := bench(t, "docker", f.set)
			for _, id := range f.statements {
				v := b.Run(t.Context(), statement(t, id))
				assert.Equal(t, contract.Refuted, v.Outcome, "%s: %s\n%+v", id, v.Found, v.Evidence)
				assert.Equal(t, f.knob, v.Knob, id)
			}
		})
	}
}

func TestRefusedPackageTypeIsNoticed(t *testing.T) {
	t.Parallel()
	b := bench(t, "oci", func(k *artifactory.Knobs) { k.PromoteRefusesOCI = true })
	v := b.Run(t.Context(), statement(t, "promote-answer"))
	assert.Equal(t, contract.Refuted, v.Outcome)
	assert.Equal(t, "PromoteRefusesOCI=true", v.Knob)
}

// A statement that depends on a knob and has no flip here would be one that nobody has seen fail.
func TestEveryStatementWithAKnobIsFlipped(t *testing.T) {
	t.Parallel()
	var flipped []string
	for _, f := range flips() {
		flipped = append(flipped, f.statements...)
	}
	for _, s := range contract.All() {
		if s.Knob != "" {
			assert.Contains(t, flipped, s.ID)
		}
	}
}

func statement(t *testing.T, id string) contract.Statement {
	t.Helper()
	all := contract.All()
	i := slices.IndexFunc(all, func(s contract.Statement) bool { return s.ID == id })
	require.GreaterOrEqual(t, i, 0, id)
	return all[i]
}
