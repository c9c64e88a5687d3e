package aql_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory/aql"
)

const (
	devApp   = "dev/./app"
	dev10    = "dev/app/1.0/manifest.json"
	dev1x0   = "dev/app/1_0/manifest.json"
	devSig   = "dev/app/sha256-abc.sig/manifest.json"
	prod10   = "prod/app/1.0/manifest.json"
	prodRead = "prod/./readme"
)

func TestCriteria(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		criteria string
		want     []string
	}{
		"nothing asked: every file": {``, []string{dev10, dev1x0, devSig, prod10, prodRead}},
		"equals":                    {`{"repo":"prod"}`, []string{prod10, prodRead}},
		"equals, long form":         {`{"repo":{"$eq":"prod"}}`, []string{prod10, prodRead}},
		"white space": {
			"\n {\t\"repo\" : { \"$eq\" :\r\n \"prod\" } } ",
			[]string{prod10, prodRead},
		},
		"implicit and":                          {`{"repo":"dev","path":"app/1.0"}`, []string{dev10}},
		"the same key twice":                    {`{"name":{"$match":"m*"},"name":{"$match":"*n"}}`, []string{dev10, dev1x0, devSig, prod10}},
		"several arguments":                     {`{"repo":"dev"},{"path":"app/1.0"}`, []string{dev10}},
		"unknown repository":                    {`{"repo":"nowhere"}`, []string{}},
		"case matters":                          {`{"repo":"Prod"}`, []string{}},
		"not equals":                            {`{"repo":{"$ne":"dev"}}`, []string{prod10, prodRead}},
		"root has path .":                       {`{"path":"."}`, []string{prodRead}},
		"not at the root":                       {`{"repo":"prod","path":{"$ne":"."}}`, []string{prod10}},
		"star only in match":                    {`{"path":"app/*"}`, []string{}},
		"match":                                 {`{"path":{"$match":"app/sha256-*"}}`, []string{devSig}},
		"match everything, slashes too":         {`{"repo":"dev","path":{"$match":"*"}}`, []string{dev10, dev1x0, devSig}},
		"underscore is a character":             {`{"path":{"$match":"app/1_0"}}`, []string{dev1x0}},
		"percent is a character":                {`{"path":{"$match":"app/%"}}`, []string{}},
		"question mark":                         {`{"repo":"dev","path":{"$match":"app/1?0"}}`, []string{dev10, dev1x0}},
		"not match":                             {`{"path":{"$nmatch":"app/*"}}`, []string{prodRead}},
		"repo matches":                          {`{"repo":{"$match":"p*"}}`, []string{prod10, prodRead}},
		"or":                                    {`{"$or":[{"path":"."},{"path":"app/1_0"}]}`, []string{dev1x0, prodRead}},
		"or: criteria of one object":            {`{"$or":[{"repo":"prod","path":"app/1_0"}]}`, []string{dev1x0, prod10, prodRead}},
		"and within or":                         {`{"$or":[{"$and":[{"repo":"prod","path":"."}]},{"path":"app/1_0"}]}`, []string{dev1x0, prodRead}},
		"or within and":                         {`{"$and":[{"repo":"prod"},{"$or":[{"path":"."},{"path":"x"}]}]}`, []string{prodRead}},
		"JFrog's exclusion":                     {`{"repo":"dev","$or":[{"path":{"$nmatch":"app/1*"},"name":{"$nmatch":"m*"}}]}`, []string{devSig}},
		"sha256":                                {`{"sha256":{"$eq":"256-readme"}}`, []string{prodRead}},
		"sha1 and md5":                          {`{"actual_sha1":"1-readme","original_md5":"5-readme"}`, []string{prodRead}},
		"size is a number":                      {`{"size":{"$gt":"99"}}`, []string{dev10, dev1x0, devSig, prod10}},
		"size without quotes":                   {`{"size":{"$lte":7}}`, []string{prodRead}},
		"size range":                            {`{"size":{"$gte":200},"size":{"$lt":300}}`, []string{dev1x0}},
		"depth":                                 {`{"depth":{"$ne":3}}`, []string{}},
		"date with zone":                        {`{"created":{"$gt":"2026-01-05T00:00:00.000Z"}}`, []string{dev1x0}},
		"date without zone":                     {`{"created":{"$gte":"2026-01-09T12:30:00"}}`, []string{dev1x0}},
		"date without time":                     {`{"repo":"dev","created":{"$lt":"2026-01-09"}}`, []string{dev10, devSig}},
		"date with an offset":                   {`{"created":"2026-01-09T14:30:00.250+0200"}`, []string{dev1x0}},
		"date in milliseconds":                  {`{"created":"1767961800250"}`, []string{dev1x0}},
		"user":                                  {`{"created_by":"nobody"}`, []string{}},
		"folders":                               {`{"type":"folder"}`, []string{devApp}},
		"any type":                              {`{"repo":"dev","path":".","type":"any"}`, []string{devApp}},
		"type is not file":                      {`{"type":{"$ne":"file"}}`, []string{devApp}},
		"type within a function":                {`{"$or":[{"type":"folder"},{"name":"readme"}]}`, []string{devApp, prodRead}},
		"property":                              {`{"@docker.manifest":"1.0"}`, []string{dev10}},
		"property, one of several values":       {`{"@team":{"$eq":"blue"}}`, []string{dev10}},
		"property matches":                      {`{"@docker.manifest":{"$match":"1*"}}`, []string{dev10, dev1x0}},
		"property exists":                       {`{"@team":{"$match":"*"}}`, []string{dev10}},
		"property exists, short":                {`{"@team":"*"}`, []string{dev10}},
		"property is not: absent ones too":      {`{"repo":"dev","@team":{"$ne":"red"}}`, []string{dev1x0, devSig}},
		"property does not exist":               {`{"repo":"dev","@docker.manifest":{"$nmatch":"*"}}`, []string{devSig}},
		"any property":                          {`{"@*":"blue"}`, []string{dev10}},
		"property key":                          {`{"property.key":{"$match":"docker.*"}}`, []string{dev10, dev1x0}},
		"property value":                        {`{"property.value":"1_0"}`, []string{dev1x0}},
		"two properties":                        {`{"$and":[{"@team":"red"},{"@team":"blue"}]}`, []string{dev10}},
		"escapes of JSON":                       {`{"repo":"\u0070rod","name":"readme"}`, []string{prodRead}},
		"a quote within a string finds nothing": {`{"name":"a\"b"}`, []string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, find(t, tt.criteria))
		})
	}
}

func TestVirtualRepository(t *testing.T) {
	t.Parallel()
	o := aql.Options{Expand: func(repo string) []string {
		if repo == "all" {
			return []string{"dev", "prod"}
		}
		return nil
	}}
	path := `,"path":"app/1.0"})`
	assert.Equal(t, []string{dev10, prod10}, found(run(t, `items.find({"repo":"all"`+path, o)), "rows carry the member's key")
	assert.Equal(t, []string{dev10}, found(run(t, `items.find({"repo":"dev"`+path, o)))
	assert.Empty(t, found(run(t, `items.find({"repo":{"$ne":"all"}})`, o)))
	assert.Empty(t, find(t, `{"repo":"all"`+path[:len(path)-1]), "without members it is just unknown")
}
