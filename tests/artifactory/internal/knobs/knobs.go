// Package knobs holds the settings for what differs between versions and settings of Artifactory, or
// what no document tells (facts 13). A client must be right for every combination.
package knobs

// Knobs are the switches of the double. The zero value of a field is never a surprise: Defaults
// returns the values that facts call the safest assumption.
type Knobs struct {
	Promote
	Copy
	Registry
	Referrers
	AQL

	// HideUnauthorized answers 404 instead of 403, as hideUnauthorizedResources does (facts 4.4, 8). Default off.
	HideUnauthorized bool
	// LockAfter locks a user out after so many wrong logins: every request under that name is answered 403 from then
	// on, also one with the right password (facts 0). Default 0: never.
	LockAfter int
	// Unbranded takes the headers X-Artifactory-Id, X-Artifactory-Node-Id and X-JFrog-Version off every answer, as a
	// proxy that hides what stands behind it (facts 0). Default off.
	Unbranded bool
	// NoSHA256 leaves sha256 out of File Info, as for files from before 5.5 (facts 4.1). Default off.
	NoSHA256 bool
	// ChecksumDeployNeedsRead makes a checksum deploy answer 404 unless the user may read some file
	// with that content (facts 8.3). Default off.
	ChecksumDeployNeedsRead bool
	// ChecksumDeployStatus refuses every checksum deploy with that status, as some servers and proxies do (facts 8.3,
	// unknown). Default 0: off.
	ChecksumDeployStatus int
	// RedirectDownloads answers GET of files and blobs with 302 to a storage host, which refuses
	// requests that carry credentials (facts 7.3, 8.1). Default off.
	RedirectDownloads bool
	// XrayBlocked lists "<repo>/<pattern>" whose download is blocked: 403 at a local repository,
	// 404 MANIFEST_UNKNOWN through a virtual one (facts 1.3). Default none.
	XrayBlocked []string
	// EvictionSparesSignatures leaves suffix tags out of maxUniqueTags (facts 2.8). Default off: they count.
	EvictionSparesSignatures bool
	// BuildTakesOneMatch lets the promotion of a build take one file for each checksum that the build-info records, the
	// one with its name first, and leave others with the same content and the same build properties behind (facts 9.1,
	// unknown). Default off.
	BuildTakesOneMatch bool
	// ConfigurationShown returns the whole configuration of a repository to everybody who may read something in it, as
	// one who administers a project gets it and still does not see what other projects hold (facts 8.6, not
	// documented). Default off: it is reduced.
	ConfigurationShown bool
	// Version is what /api/system/version answers. Default 7.125.0.
	Version string
}

// PromoteBody is the form of the answer of a successful promotion.
type PromoteBody int

// Forms of the answer (facts 1.2).
const (
	// PromoteText is one short line, without a line end.
	PromoteText PromoteBody = iota
	// PromoteEmpty is no body at all.
	PromoteEmpty
	// PromoteJSON is an object with status and messages.
	PromoteJSON
)

// Promote are the knobs of POST /api/docker/{repo}/v2/promote (facts 1).
type Promote struct {
	// PromoteBody is the form of the answer of a success. Default PromoteText.
	PromoteBody PromoteBody
	// PromoteDeletesSharedLayers does what versions before 7.117.1 did: overwriting a tag deletes its
	// former layers from the other tags of the image too (facts 1.4). Default off.
	PromoteDeletesSharedLayers bool
	// PromoteArchTags returns children that are also tags at the source a tag <tag>-<os>-<arch>, as
	// versions before 7.111 did (facts 1.5). Default off: digest folders only.
	PromoteArchTags bool
	// PromoteCarriesReferrers takes the referrers of the image and of its children along (facts 3). Default off.
	PromoteCarriesReferrers bool
	// PromoteMovesSharedChildren lets a move take children away that another index of the source image
	// still lists (facts 1.5, unknown). Default off: they stay.
	PromoteMovesSharedChildren bool
	// PromoteTakesSubfolders takes along what lies in folders below a tag's folder: images whose path leads through the
	// tag (facts 0: nested images, unknown). Default off: it takes the tag's own files alone.
	PromoteTakesSubfolders bool
	// PromoteRefusesOCI answers 400 to a promotion of one tag of an oci or federated repository (facts 1.3). Default
	// off.
	PromoteRefusesOCI bool
	// PromoteEvicts lets a promotion that brings more tags than maxUniqueTags allows delete the oldest at once, as a
	// push does (facts 2.8, unknown for promotions). Default off.
	PromoteEvicts bool
	// PromoteOrder makes a promotion visible file by file, in the order that the function gives the
	// steps ("put <path>", "delete <path>" below the repository). Default nil: all at once.
	PromoteOrder func(steps []string) []string
	// PromoteStep is called after each step of a promotion that is visible file by file, outside all
	// locks, so that a test can look at the state between two files. Default nil.
	PromoteStep func(step string)
}

// Copy are the knobs of POST /api/copy and /api/move (facts 5).
type Copy struct {
	// CopyMultiTx skips the children of a folder that is refused, and makes a dry run look at the top
	// folder only (facts 5.4). Default off: errors are recorded and the children are tried.
	CopyMultiTx bool
	// CopyErrorStatus is the HTTP status of a copy or move with errors: 0 = the code of the last
	// error, 409, or 200 with messages of level ERROR (facts 5.5). Default 409.
	CopyErrorStatus int
}

// AQL are the knobs of POST /api/search/aql (facts 6).
type AQL struct {
	// AQLDelay is the number of later requests for which a new file does not appear in results (facts 6.7). Default 0.
	AQLDelay int64
	// AQLHardLimit trims results to that many rows, with a notification (facts 6.2). Default 0: no limit.
	AQLHardLimit int
	// AQLFilterBeforeLimit drops rows without Read before the limit is applied, not after it (facts 6.3). Default off.
	AQLFilterBeforeLimit bool
	// AQLMaxQuery is the greatest length of a query in bytes; longer ones are 400 (facts 6.7). Default 6000.
	AQLMaxQuery int
	// AQLStatus answers every query with that status, such as 408 or 429 (facts 6.7). Default 0: off.
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
