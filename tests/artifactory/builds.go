package artifactory

// PublishBuild stores a build-info, without a request. It panics on what is none.
func (s *Server) PublishBuild(project string, info []byte) {
	if err := s.site.Builds.Publish(project, info); err != nil {
		panic(err)
	}
}

// Build returns the build-info as GET shows it, with the statuses that promotions left, or nil.
func (s *Server) Build(project, name, number string) map[string]any {
	_, document, ok := s.site.Builds.Find(project, name, number)
	if !ok {
		return nil
	}
	return document
}
