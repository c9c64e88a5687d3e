package web

import "net/http"

// Marks are the headers by which an answer shows that it is Artifactory's own, whatever its status (contract
// marks-headers).
func Marks(version string) http.Header {
	h := http.Header{}
	h.Set("X-Artifactory-Id", "7b0d3e6f9c1a24580e6d:1a2b3c4d:1234567890a:-8000")
	h.Set("X-Artifactory-Node-Id", "node-1")
	h.Set("X-JFrog-Version", "Artifactory/"+version+" 71104900")
	return h
}

// Bare answers as JFrog's router does, which knows nothing about what exists: 404 in plain text, without any mark
// (contract marks-headers).
func Bare(w http.ResponseWriter) {
	for name := range Marks("") {
		w.Header().Del(name)
	}
	w.Header().Del("Docker-Distribution-Api-Version")
	Text(w, http.StatusNotFound, "404 page not found\n")
}
