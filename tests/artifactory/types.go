package artifactory

import (
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/traffic"
)

// The types that tests work with. Each is documented, with its fields, where it is defined.
type (
	// Repository is the configuration of a repository: key, class, package type, members.
	Repository = site.Repository
	// User is a user with password, token and grants.
	User = access.User
	// Grant returns Read, Annotate, Deploy and Delete on the paths of a repository.
	Grant = access.Grant
	// Knobs switch between the behaviours of different versions and settings.
	Knobs = knobs.Knobs
	// Fault is what goes wrong with the requests that its Match describes.
	Fault = traffic.Fault
	// Half is a promotion or copy that leaves files out.
	Half = traffic.Half
	// Match describes requests by method, path and count.
	Match = traffic.Match
	// Limit is how many requests the server takes.
	Limit = traffic.Limit
	// Request is one line of the log.
	Request = traffic.Request
	// Stats sums up the log.
	Stats = traffic.Stats
)

// Anonymous is the name of the user for requests without credentials; adding it turns anonymous access on.
const Anonymous = access.Anonymous

// Classes of repositories.
const (
	Local     = site.Local
	Federated = site.Federated
	Virtual   = site.Virtual
	Remote    = site.Remote
)

// Values of Knobs.PromoteBody.
const (
	PromoteText  = knobs.PromoteText
	PromoteEmpty = knobs.PromoteEmpty
	PromoteJSON  = knobs.PromoteJSON
)

// Values of Knobs.BlobScope.
const (
	OwnImage       = knobs.OwnImage
	SameRepository = knobs.SameRepository
	AllReadable    = knobs.AllReadable
)

// Values of Knobs.ReferrersAPI.
const (
	ReferrersOff           = knobs.ReferrersOff
	ReferrersOnPush        = knobs.ReferrersOnPush
	ReferrersOnPushAndCopy = knobs.ReferrersOnPushAndCopy
)

// Values of Knobs.BeforeSubject.
const (
	SubjectlessAccepted = knobs.SubjectlessAccepted
	SubjectlessRefused  = knobs.SubjectlessRefused
	SubjectlessUnlisted = knobs.SubjectlessUnlisted
)

// Values of Knobs.TagsOrder and Knobs.ReferrersOrder.
const (
	Sorted    = knobs.Sorted
	Insertion = knobs.Insertion
	Reverse   = knobs.Reverse
)
