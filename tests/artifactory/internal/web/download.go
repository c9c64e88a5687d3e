// Package web writes what the REST and the registry half answer alike: files, and JSON.
package web

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/traffic"
)

// StoragePath is where the storage host serves binaries by sha256; see Redirect.
const StoragePath = "/_storage/"

// JSON answers v with that media type; encoding never escapes < and >, as Jackson does not.
func JSON(w http.ResponseWriter, status int, mediaType string, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// Text answers plain text.
func Text(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

// File is what a download needs; it outlives the View that made it.
type File struct {
	Name, ContentType string
	Binary            *storage.Binary
	Modified          time.Time
}

// Download answers a file with Artifactory's checksum headers (contract download-file), or by a redirect to the storage
// host.
func Download(w http.ResponseWriter, r *http.Request, f File, redirect bool) {
	h := w.Header()
	h.Set("X-Checksum-Sha1", f.Binary.SHA1)
	h.Set("X-Checksum-Sha256", f.Binary.SHA256)
	h.Set("X-Checksum-Md5", f.Binary.MD5)
	h.Set("X-Artifactory-Filename", f.Name)
	h.Set("ETag", strconv.Quote(f.Binary.SHA1))
	if redirect && r.Method == http.MethodGet {
		h.Set("Location", storageHost(r)+StoragePath+f.Binary.SHA256)
		w.WriteHeader(http.StatusFound)
		return
	}
	h.Set("Content-Type", f.ContentType)
	send(w, r, f)
}

// send answers the bytes or the range of them that was asked for, and notes how many went out.
func send(w http.ResponseWriter, r *http.Request, f File) {
	http.ServeContent(w, r, f.Name, f.Modified, bytes.NewReader(f.Binary.Content))
	if r.Method != http.MethodGet {
		return
	}
	n, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64)
	if err == nil {
		traffic.BlobDown(r.Context(), f.Binary.SHA256, n)
	}
}

// Storage serves binaries as a cloud storage behind a signed URL does: it refuses requests that carry
// other credentials besides the signature in the URL.
func Storage(w http.ResponseWriter, r *http.Request, find func(sha256 string) *storage.Binary) {
	b := find(strings.TrimPrefix(r.URL.Path, StoragePath))
	switch {
	case r.Header.Get("Authorization") != "":
		Text(w, http.StatusBadRequest, "InvalidArgument: only one auth mechanism allowed")
	case b == nil:
		Text(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		send(w, r, File{Name: b.SHA256, Binary: b})
	}
}

// storageHost is another name for the same listener, so that clients see another host.
func storageHost(r *http.Request) string {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		return "http://" + r.Host
	}
	if host == "localhost" {
		return "http://127.0.0.1:" + port
	}
	return "http://localhost:" + port
}
