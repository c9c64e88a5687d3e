// Package transport is the one way to the network: an http.RoundTripper under both the REST client and the registry
// client.
//
// It sends credentials to the configured server alone, repeats reads and never writes, tells an unknown outcome from a
// failure, refuses writes in read-only mode before they leave, bounds and counts requests, and logs one redacted line
// for each.
//
// Redirects are followed inside RoundTrip. A client on top therefore never sees one, whatever redirect policy it has
// (client-go replaces it for some calls), and no error text of net/http can carry the signed query of a storage
// address.
package transport
