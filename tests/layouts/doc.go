// Package layouts holds tests that promote every known layout of attachments through the whole plugin, below the
// command line, on the Artifactory double: each fixture with every kind of server, as a copy and as a move. What
// arrived is judged by a walker of the tests' own, written from the OCI distribution specification and the tools'
// documents.
package layouts
