package palisade

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Kind is why a call fails, as the decision that the host takes on it.
type Kind uint8

// The kinds of failures, in the order in which the interface lists them.
const (
	KindInvalidInput       Kind = iota // The request is wrong for every provider.
	KindLimitExceeded                  // The request is right, but larger than this model takes.
	KindUnsupported                    // The named parameters or features are not available here.
	KindContentPolicy                  // The content was refused.
	KindAuth                           // The credential is missing, wrong or not allowed to do this.
	KindInsufficientCredit             // The account has no credit left.
	KindModelNotFound                  // The upstream doesn't know the model.
	KindRateLimited                    // Too many requests.
	KindOverloaded                     // The upstream is overloaded.
	KindTimeout                        // The upstream took too long.
	KindUpstream                       // The upstream answered with an HTTP status that is no success.
	KindBadOutput                      // The upstream's answer could not be understood.
	KindCancelled                      // The call was cancelled.
	KindInternal                       // The provider itself failed.
)

// A Submission says whether work that is paid for has been handed to an upstream. The host compares it with what it saw leave.
type Submission uint8

const (
	NotSubmitted   Submission = iota // Nothing has left: calling again is safe.
	Submitted                        // The upstream has the request.
	MaybeSubmitted                   // It may have it.
)

// A Failure is an error that says what the host should do about it. The functions of this package make those that are common:
//
//	return palisade.InvalidInput("prompt", "it is longer than %d characters", most)
//
// Others are written out. A failure may be wrapped: it is found with [errors.As].
type Failure struct {
	Kind Kind
	// Message is a sentence for people: what happened and what to do, in lower case and without a period.
	Message string
	// Field is the part of the request that is wrong or too large, for example size or messages[2].parts[0].
	Field string
	// Features are those that are not supported.
	Features []string
	// Category is the one for which content was refused, when there is one.
	Category string
	// RetryAfter is how long to wait, where too much is asked; 0 when nobody says.
	RetryAfter time.Duration
	// Scope is what a rate limit counts by, for example key, organization or model; key, unless said.
	Scope string
	// Status is the HTTP status of the upstream.
	Status int
	// Submission says whether paid work was handed to an upstream.
	Submission Submission
	// UpstreamID is the upstream's id of the request.
	UpstreamID string
	// Usage is what is billed although the call failed.
	Usage *Usage
	// Cause is what led to it.
	Cause error
}

// Error gives the message.
func (failure *Failure) Error() string {
	return failure.Message
}

// Unwrap gives the cause.
func (failure *Failure) Unwrap() error {
	return failure.Cause
}

// KindOf is the kind of an error: [KindInternal] where it is no [Failure].
func KindOf(err error) Kind {
	var failure *Failure
	if errors.As(err, &failure) {
		return failure.Kind
	}
	return KindInternal
}

// InvalidInput refuses a request that is wrong for every provider: this field of it, for this reason.
func InvalidInput(field, reason string, values ...any) error {
	return &Failure{Kind: KindInvalidInput, Field: field, Message: fmt.Sprintf(reason, values...)}
}

// LimitExceeded refuses a request that is right, but larger than this model takes.
func LimitExceeded(field, reason string, values ...any) error {
	return &Failure{Kind: KindLimitExceeded, Field: field, Message: fmt.Sprintf(reason, values...)}
}

// Unsupported says which parameters or features are not available here.
func Unsupported(features ...string) error {
	return &Failure{Kind: KindUnsupported, Features: features, Message: "not supported: " + strings.Join(features, ", ")}
}

// RefusedContent refuses content, for a category where there is one.
func RefusedContent(category, message string, values ...any) error {
	return &Failure{Kind: KindContentPolicy, Category: category, Message: fmt.Sprintf(message, values...)}
}

// RateLimited says that there are too many requests, and how long to wait; 0 when nobody says.
func RateLimited(retryAfter time.Duration, message string, values ...any) error {
	return &Failure{Kind: KindRateLimited, RetryAfter: retryAfter, Message: fmt.Sprintf(message, values...)}
}

// Overloaded says that the upstream is overloaded, and how long to wait; 0 when nobody says.
func Overloaded(retryAfter time.Duration, message string, values ...any) error {
	return &Failure{Kind: KindOverloaded, RetryAfter: retryAfter, Message: fmt.Sprintf(message, values...)}
}

// BadOutput says that an answer of the upstream could not be understood.
func BadOutput(message string, values ...any) error {
	return &Failure{Kind: KindBadOutput, Submission: Submitted, Message: fmt.Sprintf(message, values...)}
}

// Fail is a failure of a kind that needs no more than a message.
func Fail(kind Kind, message string, values ...any) error {
	return &Failure{Kind: kind, Message: fmt.Sprintf(message, values...)}
}

// ErrCancelled is what a writer gives when nobody waits for the rest of an answer. A handler returns it.
var ErrCancelled error = &Failure{Kind: KindCancelled, Message: "the call was cancelled"}
