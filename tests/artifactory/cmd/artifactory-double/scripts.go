package main

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// withScripts puts the paths for scripts before the double. They are not logged.
func withScripts(s *artifactory.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_double/log", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.Log()) })
	mux.HandleFunc("GET /_double/stats", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.Stats()) })
	mux.HandleFunc("POST /_double/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.ResetLog()
		w.WriteHeader(http.StatusNoContent)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// the mux cleans paths and would redirect; the double must see them as they came
		if strings.HasPrefix(r.URL.Path, "/_double/") {
			mux.ServeHTTP(w, r)
			return
		}
		s.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
