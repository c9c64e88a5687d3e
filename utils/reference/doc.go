// Package reference names images and what is attached to them, in the three spellings that meet in Artifactory: the
// words of the OCI distribution specification (tag, digest), Artifactory's folders (<repo>/<image path>/<tag>) and the
// tags that signing tools derive from a digest. It is pure: no input, no output.
package reference

import (
	// go-digest knows an algorithm only if it is linked in, and would call every other digest unsupported.
	_ "crypto/sha256"
	// As above.
	_ "crypto/sha512"
)
