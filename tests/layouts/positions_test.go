package layouts

import (
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// position is one setting of one knob of the double that is not its default.
type position struct {
	// field is the knob's name.
	field string
	value string
	set   func(*artifactory.Knobs)
	// kind is the type and class of both repositories, if the knob is about one.
	kind artifactory.Repository
	// denies makes a server that answers no: nothing may be promoted while it does.
	denies bool
}

func toggle(field string, set func(*artifactory.Knobs)) position {
	return position{field: field, value: "switched", set: set}
}

// positions are all settings, so that every knob is in one of them; see TestEveryKnobHasAPosition.
func positions() []position {
	return slices.Concat(promotePositions(), copyPositions(), registryPositions(), referrersPositions(), otherPositions())
}

func promotePositions() []position {
	refused := position{
		field: "PromoteRefusesOCI", value: "docker",
		set: func(k *artifactory.Knobs) { k.PromoteRefusesOCI = true },
	}
	oci, federated := refused, refused
	oci.value, oci.kind = "oci", artifactory.Repository{PackageType: "oci"}
	federated.value, federated.kind = "federated", artifactory.Repository{Class: artifactory.Federated}
	shared := toggle("PromoteDeletesSharedLayers", func(k *artifactory.Knobs) {
		k.PromoteDeletesSharedLayers,
			k.Version = true, "7.117.0"
	})
	return []position{
		{field: "PromoteBody", value: "empty", set: func(k *artifactory.Knobs) { k.PromoteBody = artifactory.PromoteEmpty }},
		{field: "PromoteBody", value: "JSON", set: func(k *artifactory.Knobs) { k.PromoteBody = artifactory.PromoteJSON }},
		shared,
		toggle("PromoteArchTags", func(k *artifactory.Knobs) { k.PromoteArchTags = true }),
		toggle("PromoteCarriesReferrers", func(k *artifactory.Knobs) { k.PromoteCarriesReferrers = true }),
		toggle("PromoteMovesSharedChildren", func(k *artifactory.Knobs) { k.PromoteMovesSharedChildren = true }),
		toggle("PromoteTakesSubfolders", func(k *artifactory.Knobs) { k.PromoteTakesSubfolders = true }),
		refused, oci, federated,
		{
			field: "PromoteEvicts", value: "switched", kind: artifactory.Repository{MaxUniqueTags: 1000},
			set: func(k *artifactory.Knobs) { k.PromoteEvicts = true },
		},
		{
			field: "PromoteOrder", value: "as planned",
			set: func(k *artifactory.Knobs) { k.PromoteOrder = slices.Clone[[]string] },
		},
		{field: "PromoteOrder", value: "backwards", set: func(k *artifactory.Knobs) { k.PromoteOrder = backwards }},
	}
}

func backwards(steps []string) []string {
	out := slices.Clone(steps)
	slices.Reverse(out)
	return out
}

func copyPositions() []position {
	return []position{
		toggle("CopyMultiTx", func(k *artifactory.Knobs) { k.CopyMultiTx = true }),
		{field: "CopyErrorStatus", value: "its code", set: func(k *artifactory.Knobs) { k.CopyErrorStatus = 0 }},
		{field: "CopyErrorStatus", value: "200", set: func(k *artifactory.Knobs) { k.CopyErrorStatus = http.StatusOK }},
	}
}

func registryPositions() []position {
	return []position{
		{field: "BlobScope", value: "repository", set: func(k *artifactory.Knobs) { k.BlobScope = artifactory.SameRepository }},
		{field: "BlobScope", value: "all", set: func(k *artifactory.Knobs) { k.BlobScope = artifactory.AllReadable }},
		toggle("BlobsBeforeManifest", func(k *artifactory.Knobs) { k.BlobsBeforeManifest = false }),
		toggle("HeadFindsBlobsElsewhere", func(k *artifactory.Knobs) { k.HeadFindsBlobsElsewhere = true }),
		toggle("PutLeavesBlobs", func(k *artifactory.Knobs) { k.PutLeavesBlobs = true }),
		toggle("StrictAccept", func(k *artifactory.Knobs) { k.StrictAccept = false }),
		toggle("StrictTagOverwrite", func(k *artifactory.Knobs) { k.StrictTagOverwrite = true }),
		toggle("CrossRepoMount", func(k *artifactory.Knobs) { k.CrossRepoMount = true }),
		toggle("Virtual403", func(k *artifactory.Knobs) { k.Virtual403 = true }),
		{field: "TagsDelay", value: "1000", set: func(k *artifactory.Knobs) { k.TagsDelay = 1000 }},
		{field: "TagsPageSize", value: "1", set: func(k *artifactory.Knobs) { k.TagsPageSize = 1 }},
		toggle("TagsIgnoreN", func(k *artifactory.Knobs) { k.TagsIgnoreN = true }),
		{field: "TagsOrder", value: "insertion", set: func(k *artifactory.Knobs) { k.TagsOrder = artifactory.Insertion }},
		{field: "TagsOrder", value: "reverse", set: func(k *artifactory.Knobs) { k.TagsOrder = artifactory.Reverse }},
		{field: "BareUnknownPaths", value: "no referrers API", set: func(k *artifactory.Knobs) {
			k.BareUnknownPaths, k.ReferrersAPI = true, artifactory.ReferrersOff
		}},
		toggle("TagsHideFallback", func(k *artifactory.Knobs) { k.TagsHideFallback = true }),
	}
}

func referrersPositions() []position {
	all := []position{
		{field: "ReferrersAPI", value: "off", set: func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }},
		{
			field: "ReferrersAPI", value: "after copies",
			set: func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOnPushAndCopy },
		},
		{field: "ReferrersOffIn", value: "the target", set: func(k *artifactory.Knobs) { k.ReferrersOffIn = []string{prod} }},
		toggle("SubjectHeader", func(k *artifactory.Knobs) { k.SubjectHeader = false }),
		{field: "BeforeSubject", value: "refused", set: func(k *artifactory.Knobs) { k.BeforeSubject = artifactory.SubjectlessRefused }},
		{
			field: "BeforeSubject", value: "unlisted",
			set: func(k *artifactory.Knobs) { k.BeforeSubject = artifactory.SubjectlessUnlisted },
		},
		toggle("ReferrersConfigType", func(k *artifactory.Knobs) { k.ReferrersConfigType = true }),
		toggle("ReferrersCharset", func(k *artifactory.Knobs) { k.ReferrersCharset = true }),
		{field: "ReferrersPageSize", value: "1", set: func(k *artifactory.Knobs) { k.ReferrersPageSize = 1 }},
		{
			field: "ReferrersOrder", value: "insertion",
			set: func(k *artifactory.Knobs) { k.ReferrersOrder = artifactory.Insertion },
		},
		{
			field: "ReferrersOrder", value: "reverse",
			set: func(k *artifactory.Knobs) { k.ReferrersOrder = artifactory.Reverse },
		},
		toggle("ReferrersFile", func(k *artifactory.Knobs) { k.ReferrersFile = true }),
		toggle("ReferrersNoFilter", func(k *artifactory.Knobs) { k.ReferrersNoFilter = true }),
	}
	for _, status := range []int{
		http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUnauthorized,
		http.StatusForbidden, http.StatusInternalServerError,
	} {
		absent := status == http.StatusNotFound || status == http.StatusMethodNotAllowed
		all = append(all, position{
			field: "ReferrersStatus", value: http.StatusText(status), denies: !absent,
			set: func(k *artifactory.Knobs) {
				k.ReferrersStatus = status
				if absent {
					k.ReferrersAPI = artifactory.ReferrersOff
				}
			},
		})
	}
	return all
}

func otherPositions() []position {
	return []position{
		{field: "AQLDelay", value: "1000", set: func(k *artifactory.Knobs) { k.AQLDelay = 1000 }},
		{field: "AQLHardLimit", value: "1", set: func(k *artifactory.Knobs) { k.AQLHardLimit = 1 }},
		toggle("AQLFilterBeforeLimit", func(k *artifactory.Knobs) { k.AQLFilterBeforeLimit = true }),
		{field: "AQLMaxQuery", value: "10", set: func(k *artifactory.Knobs) { k.AQLMaxQuery = 10 }},
		{field: "AQLStatus", value: "429", set: func(k *artifactory.Knobs) { k.AQLStatus = http.StatusTooManyRequests }},
		toggle("HideUnauthorized", func(k *artifactory.Knobs) { k.HideUnauthorized = true }),
		toggle("LockAfter", func(k *artifactory.Knobs) { k.LockAfter = 1 }),
		toggle("Unbranded", func(k *artifactory.Knobs) { k.Unbranded = true }),
		toggle("NoSHA256", func(k *artifactory.Knobs) { k.NoSHA256 = true }),
		toggle("ChecksumDeployNeedsRead", func(k *artifactory.Knobs) { k.ChecksumDeployNeedsRead = true }),
		{
			field: "ChecksumDeployStatus", value: "400",
			set: func(k *artifactory.Knobs) { k.ChecksumDeployStatus = http.StatusBadRequest },
		},
		{
			field: "ChecksumDeployStatus", value: "405",
			set: func(k *artifactory.Knobs) { k.ChecksumDeployStatus = http.StatusMethodNotAllowed },
		},
		toggle("RedirectDownloads", func(k *artifactory.Knobs) { k.RedirectDownloads = true }),
		{
			field: "XrayBlocked", value: "the image", denies: true,
			set: func(k *artifactory.Knobs) { k.XrayBlocked = []string{dev + "/" + name + "/" + tag + "/**"} },
		},
		{
			field: "EvictionSparesSignatures", value: "switched", kind: artifactory.Repository{MaxUniqueTags: 1000},
			set: func(k *artifactory.Knobs) { k.EvictionSparesSignatures = true },
		},
		toggle("BuildTakesOneMatch", func(k *artifactory.Knobs) { k.BuildTakesOneMatch = true }),
		toggle("ConfigurationShown", func(k *artifactory.Knobs) { k.ConfigurationShown = true }),
		{field: "Version", value: "7.111.4", set: func(k *artifactory.Knobs) { k.Version = "7.111.4" }},
	}
}

// observers are fields of Knobs that are no behaviours.
func observers() []string { return []string{"PromoteStep"} }

// A knob that is added to the double has to be added here, and a position has to be another one than the default.
func TestEveryKnobHasAPosition(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for _, p := range positions() {
		before, after := defaults(), defaults()
		p.set(&after)
		was, is := reflect.ValueOf(before).FieldByName(p.field), reflect.ValueOf(after).FieldByName(p.field)
		require.True(t, is.IsValid(), p.field)
		if is.Kind() == reflect.Func {
			assert.False(t, is.IsNil(), p.field)
		} else {
			assert.NotEqual(t, was.Interface(), is.Interface(), "%s: %s is the default", p.field, p.value)
		}
		covered[p.field] = true
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[artifactory.Knobs]()) {
		if !field.Anonymous && !slices.Contains(observers(), field.Name) {
			assert.True(t, covered[field.Name], "%s has no position", field.Name)
		}
	}
}

// defaults are the knobs of a new server.
func defaults() (k artifactory.Knobs) {
	artifactory.NewServer(artifactory.WithKnobs(func(now *artifactory.Knobs) { k = *now }))
	return k
}
