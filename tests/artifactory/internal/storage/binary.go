package storage

import (
	"crypto/md5"  //nolint:gosec // Artifactory reports MD5; nothing here relies on it for safety
	"crypto/sha1" //nolint:gosec // Artifactory reports SHA-1; nothing here relies on it for safety
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// Checksums are the three checksums that Artifactory keeps for a file, in lower-case hexadecimal.
type Checksums struct {
	SHA256, SHA1, MD5 string
}

// Binary is one content of the filestore. Files share it by checksum, so a copy moves no bytes.
type Binary struct {
	Checksums
	// Content must not be changed by whoever reads it.
	Content []byte

	once sync.Once
	memo any
}

// Memo returns what compute finds in the content; it is asked once in the life of the Binary.
func (b *Binary) Memo(compute func(content []byte) any) any {
	b.once.Do(func() { b.memo = compute(b.Content) })
	return b.memo
}

// Size is the number of bytes.
func (b *Binary) Size() int64 { return int64(len(b.Content)) }

// NewBinary computes the checksums of content, outside any lock.
func NewBinary(content []byte) *Binary {
	s2 := sha256.Sum256(content)
	s1 := sha1.Sum(content) //nolint:gosec // see the import
	m5 := md5.Sum(content)  //nolint:gosec // see the import
	return &Binary{
		Checksums: Checksums{
			SHA256: hex.EncodeToString(s2[:]),
			SHA1:   hex.EncodeToString(s1[:]),
			MD5:    hex.EncodeToString(m5[:]),
		},
		Content: content,
	}
}

// filestore holds every content ever stored. As at the real server, deleting a file does not delete
// its content at once (garbage collection is a nightly job), so a checksum deploy may still find it.
type filestore struct {
	bySHA256, bySHA1 map[string]*Binary
}

func newFilestore() filestore {
	return filestore{bySHA256: map[string]*Binary{}, bySHA1: map[string]*Binary{}}
}

// add returns the stored Binary with b's content, so that equal contents are held once.
func (f filestore) add(b *Binary) *Binary {
	if known, ok := f.bySHA256[b.SHA256]; ok {
		return known
	}
	f.bySHA256[b.SHA256], f.bySHA1[b.SHA1] = b, b
	return b
}
