// Package palisadetest says what the host would, in tests that `go test` runs without one. What a test sets is gone when it has ended.
package palisadetest

import (
	"maps"
	"strings"
	"testing"

	"palisade/internal/host"
	"palisade/upstream"
)

// Config sets what [palisade.Config] gives.
func Config(test testing.TB, key, value string) {
	settings := host.InTest.Config
	test.Cleanup(func() { delete(settings, key) })
	settings[key] = value
}

// Credential says that the operator has set one.
func Credential(test testing.TB, name string) {
	credentials := host.InTest.Credentials
	test.Cleanup(func() { delete(credentials, name) })
	credentials[name] = true
}

// Kept are the values that [palisade/keyvalue] keeps during a test. There are none at first.
func Kept(test testing.TB) map[string][]byte {
	test.Cleanup(func() { clear(host.InTest.Kept) })
	return host.InTest.Kept
}

// A Request is one that was sent.
type Request = host.Request

// Upstream says what requests are answered with, in this order, and gives the ones that were sent.
func Upstream(test testing.TB, answers ...upstream.Response) *[]Request {
	test.Cleanup(func() { host.InTest.Answers, host.InTest.Asked = nil, nil })
	host.InTest.Answers, host.InTest.Asked = nil, nil
	for _, answer := range answers {
		raw := host.Response{Status: answer.Status, Headers: map[string]string{}, Body: answer.Body}
		maps.Copy(raw.Headers, answer.Headers)
		host.InTest.Answers = append(host.InTest.Answers, raw)
	}
	return &host.InTest.Asked
}

// Answer is one of an upstream.
func Answer(status int, body string) upstream.Response {
	return upstream.Response{Status: status, Body: strings.NewReader(body)}
}
