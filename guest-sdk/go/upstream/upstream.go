// Package upstream is a small HTTP client. A request leaves only where the operator has granted its address; redirects are not followed.
package upstream

import (
	"bufio"
	"encoding/json"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"palisade"
	"palisade/internal/host"
)

// A Request is what is sent.
type Request struct {
	// Method is GET, unless said.
	Method string
	// URL is an absolute https address.
	URL string
	// Headers are sent as they are.
	Headers map[string]string
	// Body is what is sent, unless JSON is set.
	Body []byte
	// JSON is sent as the body.
	JSON any
	// Credential names one that the host attaches.
	Credential string
	// FirstByte is how long the upstream may take to answer; what is left of the call, unless said.
	FirstByte time.Duration
}

// A Response is an answer whose headers have come. A status that is no success is an answer too: [Response.Failure] makes an error of it.
type Response struct {
	Status int
	// Headers have names in lower case.
	Headers map[string]string
	// Body is read as it comes.
	Body io.Reader
}

// Send sends a request and waits for the headers of the answer. Where there is none, it fails as that means for the call.
func Send(request Request) (*Response, error) {
	headers := map[string]string{}
	for name, value := range request.Headers {
		headers[strings.ToLower(name)] = value
	}
	body := request.Body
	if request.JSON != nil {
		written, err := json.Marshal(request.JSON)
		if err != nil {
			return nil, err
		}
		body = written
		if _, said := headers["content-type"]; !said {
			headers["content-type"] = "application/json"
		}
	}
	method := strings.ToUpper(request.Method)
	if method == "" {
		method = "GET"
	}
	raw, err := host.Current.Send(host.Request{
		Method: method, URL: request.URL, Headers: headers, Body: body, Credential: request.Credential, FirstByte: request.FirstByte,
	})
	if err != nil {
		return nil, err
	}
	return &Response{raw.Status, raw.Headers, raw.Body}, nil
}

// Get asks for an address.
func Get(url string) (*Response, error) {
	return Send(Request{URL: url})
}

// Fetch has the host download a file that an upstream made, under the same grants. Its type is what it was found to be.
func Fetch(url string, mostBytes uint64) (*palisade.Media, error) {
	mediaType, open, err := host.Current.Fetch(url, mostBytes)
	if err != nil {
		return nil, err
	}
	return palisade.MediaFrom(mediaType, open), nil
}

// Bytes are the rest of the body.
func (response *Response) Bytes() ([]byte, error) {
	if response.Body == nil {
		return nil, nil
	}
	return io.ReadAll(response.Body)
}

// JSON reads the rest of the body into the value that a pointer points to.
func (response *Response) JSON(into any) error {
	body, err := response.Bytes()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return palisade.BadOutput("the answer is no JSON: %v", err)
	}
	return nil
}

// Lines are those of the body, as they come, without their ends. After an error there are no more.
func (response *Response) Lines() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if response.Body == nil {
			return
		}
		for reader := bufio.NewReader(response.Body); ; {
			line, err := reader.ReadString('\n')
			if err != nil && err != io.EOF {
				yield("", err)
				return
			}
			if line != "" && !yield(strings.TrimRight(line, "\r\n"), nil) || err == io.EOF {
				return
			}
		}
	}
}

// Failure is what a status means which is no success: it has the beginning of the body in its message. It is nil where it is one.
func (response *Response) Failure() error {
	if response.Status < 400 {
		return nil
	}
	var start []byte
	if response.Body != nil {
		// What can be read of a reason is told; the status is what counts.
		start, _ = io.ReadAll(io.LimitReader(response.Body, 500))
	}
	reason := strings.TrimSpace(string(start))
	if reason == "" || strings.Contains(reason, "<") {
		reason = "it does not say why"
	}
	failure := &palisade.Failure{
		Kind:    kindOf(response.Status),
		Field:   "request",
		Status:  response.Status,
		Message: "the upstream answered with status " + strconv.Itoa(response.Status) + ": " + reason,
		// What it costs is for BillsOnFailure to say.
		Submission: palisade.Submitted,
	}
	if seconds, err := strconv.Atoi(response.Headers["retry-after"]); err == nil && seconds >= 0 {
		failure.RetryAfter = time.Duration(seconds) * time.Second
	}
	return failure
}

// kindOf is what a status means, the same in every SDK.
func kindOf(status int) palisade.Kind {
	switch status {
	case 400, 422:
		return palisade.KindInvalidInput
	case 401, 403:
		return palisade.KindAuth
	case 402:
		return palisade.KindInsufficientCredit
	case 404:
		return palisade.KindModelNotFound
	case 408, 504:
		return palisade.KindTimeout
	case 413:
		return palisade.KindLimitExceeded
	case 429:
		return palisade.KindRateLimited
	case 503, 529:
		return palisade.KindOverloaded
	default:
		return palisade.KindUpstream
	}
}
