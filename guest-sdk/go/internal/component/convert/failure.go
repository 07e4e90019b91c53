//go:build wasip1

package convert

import (
	"errors"
	"math"
	"time"

	"palisade"
	log "palisade/internal/component/palisade_provider_log"
	types "palisade/internal/component/palisade_provider_types"
	wit "palisade/internal/wit/types"
)

// Failure is what the host is told of an error. One that says no kind is the provider's own, and is in the log.
func Failure(err error) types.Failure {
	var failure *palisade.Failure
	if !errors.As(err, &failure) {
		log.Log(log.LevelError, Text(err.Error()))
		return types.Failure{Kind: types.MakeFailureKindInternal(Text(err.Error())), Message: Text(err.Error())}
	}
	usage := wit.None[types.Usage]()
	if failure.Usage != nil {
		usage = wit.Some(Usage(*failure.Usage, "", 0))
	}
	return types.Failure{
		Kind: kind(failure),
		// What it was wrapped in says more.
		Message:    Text(err.Error()),
		Submitted:  types.Submitted(failure.Submission),
		UpstreamId: OptionalText(failure.UpstreamID),
		Usage:      usage,
	}
}

func kind(failure *palisade.Failure) types.FailureKind {
	message := Text(failure.Message)
	switch failure.Kind {
	case palisade.KindInvalidInput:
		return types.MakeFailureKindInvalidInput(types.BadInput{Field: Text(failure.Field), Reason: message})
	case palisade.KindLimitExceeded:
		return types.MakeFailureKindLimitExceeded(types.BadInput{Field: Text(failure.Field), Reason: message})
	case palisade.KindUnsupported:
		return types.MakeFailureKindUnsupported(Texts(failure.Features))
	case palisade.KindContentPolicy:
		return types.MakeFailureKindContentPolicy(OptionalText(failure.Category))
	case palisade.KindAuth:
		return types.MakeFailureKindAuth()
	case palisade.KindInsufficientCredit:
		return types.MakeFailureKindInsufficientCredit()
	case palisade.KindModelNotFound:
		return types.MakeFailureKindModelNotFound()
	case palisade.KindRateLimited:
		scope := failure.Scope
		if scope == "" {
			scope = "key"
		}
		return types.MakeFailureKindRateLimited(types.RateLimit{RetryAfterMs: Milliseconds(failure.RetryAfter), LimitScope: Text(scope)})
	case palisade.KindOverloaded:
		return types.MakeFailureKindOverloaded(Milliseconds(failure.RetryAfter))
	case palisade.KindTimeout:
		return types.MakeFailureKindTimeout()
	case palisade.KindUpstream:
		return types.MakeFailureKindUpstream(uint16(failure.Status))
	case palisade.KindBadOutput:
		return types.MakeFailureKindBadOutput(message)
	case palisade.KindCancelled:
		return types.MakeFailureKindCancelled()
	}
	return types.MakeFailureKindInternal(message)
}

// Milliseconds are none where there is no time.
func Milliseconds(wait time.Duration) wit.Option[uint32] {
	if wait <= 0 {
		return wit.None[uint32]()
	}
	return wit.Some(uint32(min(wait.Milliseconds(), math.MaxUint32)))
}

// Duration is so many milliseconds.
func Duration(milliseconds uint32) time.Duration {
	return time.Duration(milliseconds) * time.Millisecond
}
