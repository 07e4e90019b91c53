// Package host is what the services are asked through: the host within a component, and in tests what the test has set.
package host

import (
	"errors"
	"io"
	"sort"
	"strings"
	"time"
)

// A Host serves settings, credentials, kept values and requests.
type Host interface {
	Setting(key string) (string, bool)
	Settings() []string
	Report(permille int, message string)
	HasCredential(name string) (bool, error)
	Value(key string) (value []byte, found bool, err error)
	SetValue(key string, value []byte) error
	DeleteValue(key string) error
	Values(prefix, after string) ([]string, error)
	Send(request Request) (Response, error)
	Fetch(url string, most uint64) (mediaType string, open func() (io.Reader, error), err error)
}

// A Request is one to an upstream.
type Request struct {
	Method, URL string
	Headers     map[string]string
	Body        []byte
	Credential  string
	FirstByte   time.Duration
}

// A Response is one of an upstream. The names of its headers are in lower case.
type Response struct {
	Status  int
	Headers map[string]string
	Body    io.Reader
}

// Test is who serves outside of a component: it knows what a test has set.
type Test struct {
	Config      map[string]string
	Credentials map[string]bool
	Kept        map[string][]byte
	Answers     []Response
	Asked       []Request
}

// InTest is that of the tests that run.
var InTest = &Test{Config: map[string]string{}, Credentials: map[string]bool{}, Kept: map[string][]byte{}}

// Current is who serves.
var Current Host = InTest

// Lent is who asks the stores that are lent, for package stores, which knows its methods; nil outside of a component.
var Lent any

// Within says whether the program runs within a component.
var Within = false

func (test *Test) Setting(key string) (string, bool) {
	value, found := test.Config[key]
	return value, found
}

func (test *Test) Settings() []string {
	return sorted(test.Config)
}

func (test *Test) Report(int, string) {}

func (test *Test) HasCredential(name string) (bool, error) {
	return test.Credentials[name], nil
}

func (test *Test) Value(key string) ([]byte, bool, error) {
	value, found := test.Kept[key]
	return value, found, nil
}

func (test *Test) SetValue(key string, value []byte) error {
	test.Kept[key] = value
	return nil
}

func (test *Test) DeleteValue(key string) error {
	delete(test.Kept, key)
	return nil
}

func (test *Test) Values(prefix, after string) ([]string, error) {
	var keys []string
	for _, key := range sorted(test.Kept) {
		if strings.HasPrefix(key, prefix) && key > after {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (test *Test) Send(request Request) (Response, error) {
	test.Asked = append(test.Asked, request)
	if len(test.Answers) == 0 {
		return Response{}, errors.New("no answer is set for " + request.URL + ": call palisadetest.Upstream first")
	}
	answer := test.Answers[0]
	test.Answers = test.Answers[1:]
	return answer, nil
}

func (test *Test) Fetch(url string, _ uint64) (string, func() (io.Reader, error), error) {
	return "", nil, errors.New(url + " cannot be fetched in a test")
}

func sorted[V any](values map[string]V) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
