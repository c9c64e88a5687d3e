package knobs

// BlobScope says where the registry looks for the blobs of an image.
type BlobScope int

// Scopes, from the narrowest.
const (
	// OwnImage finds blobs in the folder of the image itself only.
	OwnImage BlobScope = iota
	// SameRepository finds blobs anywhere in the repository.
	SameRepository
	// AllReadable finds blobs in every repository that the user may read.
	AllReadable
)

// Order is the order of a list that no document fixes.
type Order int

// Orders of lists.
const (
	// Sorted is by name or digest.
	Sorted Order = iota
	// Insertion is by time of creation.
	Insertion
	// Reverse is backwards by name or digest.
	Reverse
)

// Registry are the knobs of the registry API.
type Registry struct {
	// BlobScope says which blobs the PUT of a manifest, and GET and HEAD of blobs, can see. Default OwnImage.
	BlobScope BlobScope
	// BlobsBeforeManifest refuses a manifest whose blobs or children are not visible. Default on.
	BlobsBeforeManifest bool
	// HeadFindsBlobsElsewhere answers HEAD of a blob from any file that the user may read, wherever it lies; GET is as
	// BlobScope says (contract blobs-own-image). Default off.
	HeadFindsBlobsElsewhere bool
	// PutLeavesBlobs puts no blobs beside a manifest that is pushed: they stay where they were uploaded, or where
	// another manifest has them. Default off.
	PutLeavesBlobs bool
	// StrictAccept answers 404 to a GET of a manifest whose type Accept does not name. Default on.
	StrictAccept bool
	// StrictTagOverwrite removes the other manifest file when a tag is overwritten; off, a tag may hold
	// both files and the list wins (contract layout-both-files). Default off.
	StrictTagOverwrite bool
	// CrossRepoMount mounts blobs from other repositories (201) with repo-path access; off, the answer is 202 (contract
	// blobs-mount-across). Default off.
	CrossRepoMount bool
	// Virtual403 answers 403, not 404, for a missing tag through a virtual repository that has a member
	// which the user may not read (contract virtual-403). Default off.
	Virtual403 bool
	// TagsDelay is the number of later requests for which a new tag does not appear in tags/list (contract
	// tags-at-once). Default 0.
	TagsDelay int64
	// TagsPageSize is the greatest page of tags/list and _catalog, whatever n says (contract tags-one-page). Default 0:
	// no limit.
	TagsPageSize int
	// TagsIgnoreN ignores n (contract tags-pages). Default off.
	TagsIgnoreN bool
	// TagsOrder is the order of tags/list. Default Sorted; paging needs Sorted.
	TagsOrder Order
	// BareUnknownPaths answers paths that are no endpoint of the registry API, the referrers API while that is off
	// among them, as a router in front of Artifactory does: "404 page not found" in plain text, without any mark of the
	// server's own (contract marks-unknown-path). Default off.
	BareUnknownPaths bool
	// TagsHideFallback leaves sha256-<hex> out of tags/list (contract tags-fallback). Default off.
	TagsHideFallback bool
}

// ReferrersMode says whether there is a referrers API, and what it knows.
type ReferrersMode int

// Modes of the referrers API (contract referrers-listed).
const (
	// ReferrersOff answers 404: there is no such API (before 7.90.1).
	ReferrersOff ReferrersMode = iota
	// ReferrersOnPush lists what was pushed through the registry API only; files copied by path are not listed.
	ReferrersOnPush
	// ReferrersOnPushAndCopy lists copied manifests too.
	ReferrersOnPushAndCopy
)

// BeforeSubject says what happens to an attachment whose subject is not in the image yet.
type BeforeSubject int

// Answers to an attachment without its subject.
const (
	// SubjectlessAccepted stores and lists it, as the OCI specification demands.
	SubjectlessAccepted BeforeSubject = iota
	// SubjectlessRefused answers 404 MANIFEST_UNKNOWN.
	SubjectlessRefused
	// SubjectlessUnlisted stores it, but the referrers API never lists it.
	SubjectlessUnlisted
)

// Referrers are the knobs of GET /v2/<name>/referrers/<digest> (contract referrers-listed).
type Referrers struct {
	// ReferrersAPI is the mode. Default ReferrersOnPush.
	ReferrersAPI ReferrersMode
	// ReferrersOffIn holds patterns, as path.Match has them, of the keys of repositories that have no referrers API,
	// while others have it (contract referrers-everywhere). Default none.
	ReferrersOffIn []string
	// SubjectHeader sends OCI-Subject on the PUT of a manifest with a subject, while the API is on. Default on.
	SubjectHeader bool
	// BeforeSubject is the answer to attachments that come before their subject. Default SubjectlessAccepted.
	BeforeSubject BeforeSubject
	// ReferrersConfigType always answers the config's media type as artifactType, as some registries wrongly do.
	// Default off.
	ReferrersConfigType bool
	// ReferrersCharset appends "; charset=utf-8" to the media type. Default off.
	ReferrersCharset bool
	// ReferrersStatus answers every request for referrers with that status (401, 403, 404, 405, 500); a 404 comes
	// with NAME_UNKNOWN. Default 0: off.
	ReferrersStatus int
	// ReferrersPageSize is the number of entries on a page. Default 0: all on one.
	ReferrersPageSize int
	// ReferrersOrder is the order of the entries. Default Sorted.
	ReferrersOrder Order
	// ReferrersFile keeps a file referrers.json in the folder of an image that has referrers; clients must leave it
	// alone (contract referrers-folder). Default off.
	ReferrersFile bool
	// ReferrersNoFilter ignores artifactType and sends no OCI-Filters-Applied. Default off.
	ReferrersNoFilter bool
}
