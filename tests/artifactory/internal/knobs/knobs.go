// Package knobs holds the settings for what differs between versions and settings of Artifactory, or
// what no document tells. A client must be right for every combination.
package knobs

// Knobs are the switches of the double. The zero value of a field is never a surprise: Defaults
// returns the values that are the safest to assume.
type Knobs struct {
	Promote
	Copy
	Registry
	Referrers
	AQL

	// HideUnauthorized answers 404 instead of 403, as hideUnauthorizedResources does (contract rights-read). Default
	// off.
	HideUnauthorized bool
	// LockAfter locks a user out after so many wrong logins: every request under that name is answered 403 from then
	// on, also one with the right password (contract login-lock). Default 0: never.
	LockAfter int
	// Unbranded takes the headers X-Artifactory-Id, X-Artifactory-Node-Id and X-JFrog-Version off every answer, as a
	// proxy that hides what stands behind it (contract marks-headers). Default off.
	Unbranded bool
	// NoSHA256 leaves sha256 out of File Info, as for files from before 5.5 (contract storage-manifest-digest). Default
	// off.
	NoSHA256 bool
	// ChecksumDeployNeedsRead makes a checksum deploy answer 404 unless the user may read some file
	// with that content (contract checksum-needs-no-read). Default off.
	ChecksumDeployNeedsRead bool
	// ChecksumDeployStatus refuses every checksum deploy with that status, as some servers and proxies do (contract
	// checksum-deploy). Default 0: off.
	ChecksumDeployStatus int
	// RedirectDownloads answers GET of files and blobs with 302 to a storage host, which refuses
	// requests that carry credentials (contract blobs-no-redirect). Default off.
	RedirectDownloads bool
	// XrayBlocked lists "<repo>/<pattern>" whose download is blocked: 403 at a local repository,
	// 404 MANIFEST_UNKNOWN through a virtual one (contract xray-block). Default none.
	XrayBlocked []string
	// EvictionSparesSignatures leaves suffix tags out of maxUniqueTags (contract eviction). Default off: they count.
	EvictionSparesSignatures bool
	// BuildTakesOneMatch lets the promotion of a build take one file for each checksum that the build-info records, the
	// one with its name first, and leave others with the same content and the same build properties behind (contract
	// build-one-match). Default off.
	BuildTakesOneMatch bool
	// ConfigurationShown returns the whole configuration of a repository to everybody who may read something in it, as
	// one who administers a project gets it and still does not see what other projects hold. Default off: it is
	// reduced.
	ConfigurationShown bool
	// Version is what /api/system/version answers. Default 7.125.0.
	Version string
}

// PromoteBody is the form of the answer of a successful promotion.
type PromoteBody int

// Forms of the answer (contract promote-answer).
const (
	// PromoteText is one short line, without a line end.
	PromoteText PromoteBody = iota
	// PromoteEmpty is no body at all.
	PromoteEmpty
	// PromoteJSON is an object with status and messages.
	PromoteJSON
)

// Promote are the knobs of POST /api/docker/{repo}/v2/promote.
type Promote struct {
	// PromoteBody is the form of the answer of a success. Default PromoteText.
	PromoteBody PromoteBody
	// PromoteDeletesSharedLayers does what versions before 7.117.1 did: overwriting a tag deletes its
	// former layers from the other tags of the image too (contract promote-keeps-shared-layers). Default off.
	PromoteDeletesSharedLayers bool
	// PromoteArchTags returns children that are also tags at the source a tag <tag>-<os>-<arch>, as
	// versions before 7.111 did (contract promote-no-arch-tags). Default off: digest folders only.
	PromoteArchTags bool
	// PromoteCarriesReferrers takes the referrers of the image and of its children along (contract
	// promote-no-referrers). Default off.
	PromoteCarriesReferrers bool
	// PromoteMovesSharedChildren lets a move take children away that another index of the source image
	// still lists (contract promote-move-keeps-shared-children). Default off: they stay.
	PromoteMovesSharedChildren bool
	// PromoteTakesSubfolders takes along what lies in folders below a tag's folder: images whose path leads through the
	// tag (contract promote-leaves-images-below). Default off: it takes the tag's own files alone.
	PromoteTakesSubfolders bool
	// PromoteRefusesOCI answers 400 to a promotion of one tag of an oci or federated repository. Default off.
	PromoteRefusesOCI bool
	// PromoteEvicts lets a promotion that brings more tags than maxUniqueTags allows delete the oldest at once, as a
	// push does (contract promote-eviction). Default off.
	PromoteEvicts bool
	// PromoteOrder makes a promotion visible file by file, in the order that the function gives the
	// steps ("put <path>", "delete <path>" below the repository). Default nil: all at once.
	PromoteOrder func(steps []string) []string
	// PromoteStep is called after each step of a promotion that is visible file by file, outside all
	// locks, so that a test can look at the state between two files. Default nil.
	PromoteStep func(step string)
}

// Copy are the knobs of POST /api/copy and /api/move.
type Copy struct {
	// CopyMultiTx skips the children of a folder that is refused, and makes a dry run look at the top
	// folder only (contract copy-dry-run). Default off: errors are recorded and the children are tried.
	CopyMultiTx bool
	// CopyErrorStatus is the HTTP status of a copy or move with errors: 0 = the code of the last
	// error, 409, or 200 with messages of level ERROR (contract copy-error-status). Default 409.
	CopyErrorStatus int
}

// AQL are the knobs of POST /api/search/aql.
type AQL struct {
	// AQLDelay is the number of later requests for which a new file does not appear in results (contract aql-at-once).
	// Default 0.
	AQLDelay int64
	// AQLHardLimit trims results to that many rows, with a notification (contract aql-no-hard-limit). Default 0: no
	// limit.
	AQLHardLimit int
	// AQLFilterBeforeLimit drops rows without Read before the limit is applied, not after it (contract
	// aql-rights-after-limit). Default off.
	AQLFilterBeforeLimit bool
	// AQLMaxQuery is the greatest length of a query in bytes; longer ones are 400 (contract aql-longest-query). Default
	// 6000.
	AQLMaxQuery int
	// AQLStatus answers every query with that status, such as 408 or 429 (contract aql-busy). Default 0: off.
	AQLStatus int
}

// Defaults returns the knobs that a new server starts with.
func Defaults() Knobs {
	return Knobs{
		Copy:      Copy{CopyErrorStatus: 409},
		Registry:  Registry{StrictAccept: true, BlobsBeforeManifest: true},
		Referrers: Referrers{ReferrersAPI: ReferrersOnPush, SubjectHeader: true},
		AQL:       AQL{AQLMaxQuery: 6000},
		Version:   "7.125.0",
	}
}
