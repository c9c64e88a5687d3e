// Package artifactory is a double of JFrog Artifactory for tests and for trying things out: its REST API and
// its registry API over one storage tree in Artifactory's own layout.
//
// It is built from what is known about the real server, and every uncertain point is a switch in [Knobs]. It is
// strict: requests that no known behaviour covers fail, so that a client which passes here relies on known
// behaviour only. Every request is logged and counted ([Server.Log], [Server.Stats]), and can be delayed, cut or
// falsified ([Server.AddFault], [Server.CrashAt]).
//
//	s := artifactory.Start(t)
//	s.AddRepository(artifactory.Repository{Key: "dev-local"})
//	s.AddUser(artifactory.User{Name: "ci", Password: "secret", Admin: true})
//	// s.URL() for REST clients, s.Host()+"/dev-local/app:1" for registry clients
//
// By hand: go run ./tests/artifactory/cmd/artifactory-double.
package artifactory
