package manifest

// Outline returns what there is to tell of a manifest once it has been dealt with: its digest, its types and its size,
// without its bytes and without what it lists.
func (m Manifest) Outline() Manifest {
	return Manifest{
		MediaType: m.MediaType, Digest: m.Digest, Content: Content{ArtifactType: m.ArtifactType()},
		size: m.Size(),
	}
}

// Size returns the number of bytes, also of an outline.
func (m Manifest) Size() int64 { return max(m.size, int64(len(m.Raw))) }
