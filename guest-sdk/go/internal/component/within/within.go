//go:build wasip1

// Package within is the host of a component.
package within

import (
	"io"
	"math"
	"strings"

	"palisade"
	"palisade/internal/component/convert"
	blobs "palisade/internal/component/palisade_provider_blobs"
	config "palisade/internal/component/palisade_provider_config"
	credentials "palisade/internal/component/palisade_provider_credentials"
	http "palisade/internal/component/palisade_provider_http"
	values "palisade/internal/component/palisade_provider_key_value"
	progress "palisade/internal/component/palisade_provider_progress"
	"palisade/internal/host"
	wit "palisade/internal/wit/types"
)

// chunk is how much is read of an answer at one time.
const chunk = 1 << 20

func init() {
	host.Current, host.Within = component{}, true
}

type component struct{}

func (component) Setting(key string) (string, bool) {
	value := config.Get(convert.Text(key))
	return value.SomeOr(""), value.IsSome()
}

func (component) Settings() []string {
	return config.Keys()
}

func (component) Report(permille int, message string) {
	update := progress.Update{Permille: wit.None[uint32](), Message: convert.OptionalText(message)}
	if permille >= 0 && permille <= math.MaxUint32 {
		update.Permille = wit.Some(uint32(permille))
	}
	progress.Report(update)
}

func (component) HasCredential(name string) (bool, error) {
	has := credentials.Has(convert.Text(name))
	if has.IsErr() {
		return false, palisade.Fail(palisade.KindAuth, "%s", has.Err().Denied())
	}
	return has.Ok(), nil
}

func (component) Value(key string) ([]byte, bool, error) {
	value := values.Get(convert.Text(key))
	if value.IsErr() {
		return nil, false, keptFailure(value.Err())
	}
	return value.Ok().SomeOr(nil), value.Ok().IsSome(), nil
}

func (component) SetValue(key string, value []byte) error {
	if set := values.Set(convert.Text(key), value); set.IsErr() {
		return keptFailure(set.Err())
	}
	return nil
}

func (component) DeleteValue(key string) error {
	if deleted := values.Delete(convert.Text(key)); deleted.IsErr() {
		return keptFailure(deleted.Err())
	}
	return nil
}

func (component) Values(prefix, after string) ([]string, error) {
	keys := values.Keys(convert.Text(prefix), convert.OptionalText(after))
	if keys.IsErr() {
		return nil, keptFailure(keys.Err())
	}
	return keys.Ok(), nil
}

func keptFailure(err values.KeyValueError) error {
	var text string
	switch err.Tag() {
	case values.KeyValueErrorDenied:
		text = err.Denied()
	case values.KeyValueErrorInvalid:
		text = err.Invalid()
	case values.KeyValueErrorTooLarge:
		return palisade.Fail(palisade.KindInternal, "there is room for %d bytes, and no more", err.TooLarge())
	case values.KeyValueErrorIo:
		text = err.Io()
	}
	return palisade.Fail(palisade.KindInternal, "%s", text)
}

var methods = map[string]http.Method{
	"GET": http.MethodGet, "HEAD": http.MethodHead, "POST": http.MethodPost,
	"PUT": http.MethodPut, "PATCH": http.MethodPatch, "DELETE": http.MethodDelete,
}

func (component) Send(request host.Request) (host.Response, error) {
	method, known := methods[request.Method]
	if !known {
		return host.Response{}, palisade.Fail(palisade.KindInternal, "the method %s cannot be sent", request.Method)
	}
	raw := http.Request{
		Method:      method,
		Url:         convert.Text(request.URL),
		Headers:     make([]http.Header, 0, len(request.Headers)),
		Body:        http.MakeBodyEmpty(),
		Credential:  convert.OptionalText(request.Credential),
		FirstByteMs: convert.Milliseconds(request.FirstByte),
	}
	for name, value := range request.Headers {
		raw.Headers = append(raw.Headers, http.Header{Name: convert.Text(name), Value: convert.Text(value)})
	}
	if len(request.Body) > 0 {
		raw.Body = http.MakeBodyBytes(request.Body)
	}
	sent := http.Send(raw)
	if sent.IsErr() {
		return host.Response{}, failure(sent.Err())
	}
	response := sent.Ok()
	headers := map[string]string{}
	for _, header := range response.Headers() {
		headers[strings.ToLower(header.Name)] = header.Value
	}
	return host.Response{Status: int(response.Status()), Headers: headers, Body: &body{response: response}}, nil
}

// body reads the body of an answer as it comes.
type body struct {
	response *http.Response
	rest     []byte
}

func (body *body) Read(into []byte) (int, error) {
	if len(body.rest) == 0 {
		read := body.response.Read(chunk)
		if read.IsErr() {
			return 0, failure(read.Err())
		}
		body.rest = read.Ok()
		if len(body.rest) == 0 {
			return 0, io.EOF
		}
	}
	read := copy(into, body.rest)
	body.rest = body.rest[read:]
	return read, nil
}

// failure is what an error of a request means for the call.
func failure(err http.HttpError) error {
	maybe := func(kind palisade.Kind, text string) error {
		return &palisade.Failure{Kind: kind, Message: text, Submission: palisade.MaybeSubmitted}
	}
	switch err.Tag() {
	case http.HttpErrorDenied:
		return palisade.Fail(palisade.KindAuth, "%s", err.Denied())
	case http.HttpErrorRateLimited:
		wait := err.RateLimited()
		return &palisade.Failure{
			Kind: palisade.KindRateLimited, RetryAfter: convert.Duration(wait), Scope: "operator",
			Message: "the operator allows no more requests now",
		}
	case http.HttpErrorConnect:
		return palisade.Overloaded(0, "no connection: %s", err.Connect())
	case http.HttpErrorTimeout:
		return maybe(palisade.KindTimeout, "the upstream took too long")
	case http.HttpErrorResponseTooLarge:
		return maybe(palisade.KindBadOutput, "the answer is larger than the operator allows")
	case http.HttpErrorProtocol:
		return maybe(palisade.KindBadOutput, "the answer broke off: "+err.Protocol())
	case http.HttpErrorInvalidRequest:
		return palisade.Fail(palisade.KindInternal, "the request cannot be sent: %s", err.InvalidRequest())
	}
	return palisade.Fail(palisade.KindInternal, "the request is larger than the operator allows")
}

func (component) Fetch(url string, most uint64) (string, func() (io.Reader, error), error) {
	fetched := blobs.ImportUrl(convert.Text(url), most)
	if fetched.IsErr() {
		return "", nil, convert.BlobFailure(fetched.Err())
	}
	blob := fetched.Ok()
	return blob.Info().MediaType, convert.Reading(blob), nil
}
