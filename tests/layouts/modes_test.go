package layouts

import (
	"net/http"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// mode is a kind of server.
type mode struct {
	name  string
	knobs func(*artifactory.Knobs)
	// api reports that there is a referrers API; fallback that clients keep fallback tags, since they see no API.
	api, fallback bool
}

func modes() []mode {
	off := func(status int) func(*artifactory.Knobs) {
		return func(k *artifactory.Knobs) { k.ReferrersAPI, k.ReferrersStatus = artifactory.ReferrersOff, status }
	}
	return []mode{
		{name: "API", knobs: func(k *artifactory.Knobs) { k.StrictAccept = false }, api: true},
		{name: "strict types", knobs: func(k *artifactory.Knobs) { k.StrictAccept = true }, api: true},
		{name: "no API", knobs: off(0), fallback: true},
		{name: "no OCI-Subject", knobs: func(k *artifactory.Knobs) { k.SubjectHeader = false }, api: true, fallback: true},
		{name: "pages of one", knobs: func(k *artifactory.Knobs) { k.ReferrersPageSize = 1 }, api: true},
		{name: "405", knobs: off(http.StatusMethodNotAllowed), fallback: true},
		{name: "404 NAME_UNKNOWN", knobs: off(http.StatusNotFound), fallback: true},
		{name: "a router's 404", knobs: func(k *artifactory.Knobs) {
			k.ReferrersAPI,
				k.BareUnknownPaths = artifactory.ReferrersOff, true
		}, fallback: true},
		{name: "charset", knobs: func(k *artifactory.Knobs) { k.ReferrersCharset = true }, api: true},
		{name: "config types", knobs: func(k *artifactory.Knobs) {
			k.ReferrersConfigType, k.ReferrersOrder, k.ReferrersAPI = true, artifactory.Reverse, artifactory.ReferrersOnPushAndCopy
		}, api: true},
	}
}

// withAPI and withoutAPI are the two modes that suffice where paging and types make no difference.
func withAPI() mode    { return modes()[0] }
func withoutAPI() mode { return modes()[2] }

// manyPages is for lists of more entries than fit on two pages.
func manyPages() mode {
	return mode{name: "pages of 100", knobs: func(k *artifactory.Knobs) { k.ReferrersPageSize = 100 }, api: true}
}
