package main

import "github.com/signed-promote/signed-promote/tests/budget"

const (
	dev, prod = budget.Source, budget.Target
	user      = "ci"
	password  = "bench-only"
	// signing is the predicate type of a bundle that is a signature.
	signing = "https://sigstore.dev/cosign/sign/v1"
)

// args are those of a promotion behind image and repositories.
func args(c budget.Case) []string {
	if c.Move {
		return nil
	}
	return []string{"--copy"}
}
