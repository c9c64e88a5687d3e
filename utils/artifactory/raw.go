package artifactory

// Raw takes over a criterion that was written elsewhere: the braces of items.find, as client-go makes them of a file
// spec.
func Raw(find string) Criterion { return Criterion{find} }
