//go:build wasip1

// Package export_palisade_provider_jobs is between the host and [palisade/jobs].
package export_palisade_provider_jobs

import (
	"errors"

	"palisade"
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_jobs"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/component/token"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
	"palisade/jobs"
)

// Poll asks where a job is.
func Poll(held []uint8) wit.Result[raw.State, types.Failure] {
	return convert.Answer(func() (raw.State, error) {
		read, err := token.Read(held)
		if err != nil {
			return raw.State{}, err
		}
		state, err := registry.Handler("jobs").(jobs.Handlers).Poll(read.Ticket)
		if err != nil {
			return raw.State{}, err
		}
		return lower(state, read.Ignored)
	})
}

// Cancel asks to stop a job.
func Cancel(held []uint8) wit.Result[raw.CancelResult, types.Failure] {
	return convert.Answer(func() (raw.CancelResult, error) {
		read, err := token.Read(held)
		if err != nil {
			return 0, err
		}
		cancel := registry.Handler("jobs").(jobs.Handlers).Cancel
		if cancel == nil {
			return raw.CancelResultUnsupported, nil
		}
		result, err := cancel(read.Ticket)
		return raw.CancelResult(result), err
	})
}

func lower(state jobs.State, ignored []string) (raw.State, error) {
	switch state := state.(type) {
	case jobs.Queued:
		progress, err := lowerProgress(jobs.Progress(state))
		return raw.MakeStateQueued(progress), err
	case jobs.Running:
		progress, err := lowerProgress(jobs.Progress(state))
		return raw.MakeStateRunning(progress), err
	case jobs.Succeeded:
		outcome, err := lowerOutcome(state, ignored)
		return raw.MakeStateSucceeded(outcome), err
	case jobs.Failed:
		if state.Err == nil {
			return raw.State{}, errors.New("the job has failed without a reason")
		}
		return raw.MakeStateFailed(convert.Failure(state.Err)), nil
	case jobs.Cancelled:
		usage := wit.None[types.Usage]()
		if state.Usage != nil {
			usage = wit.Some(convert.Usage(*state.Usage, "", 0))
		}
		return raw.MakeStateCancelled(usage), nil
	case jobs.Expired:
		return raw.MakeStateExpired(), nil
	}
	return raw.State{}, errors.New("the job is nowhere")
}

func lowerProgress(progress jobs.Progress) (raw.JobProgress, error) {
	lowered := raw.JobProgress{
		Permille:      convert.Count(progress.Permille),
		QueuePosition: wit.None[uint32](),
		EtaMs:         convert.Milliseconds(progress.Remaining),
		Preview:       wit.None[types.Media](),
	}
	if position := progress.QueuePosition; position != nil {
		lowered.QueuePosition = wit.Some(uint32(*position))
	}
	if progress.Preview != nil {
		preview, err := convert.LowerMedia(progress.Preview)
		if err != nil {
			return lowered, err
		}
		lowered.Preview = wit.Some(preview)
	}
	return lowered, nil
}

func lowerOutcome(done jobs.Succeeded, ignored []string) (raw.Outcome, error) {
	outputs := make([]raw.Output, 0, len(done.Outputs))
	for _, output := range done.Outputs {
		content, err := convert.LowerMedia(output.Content)
		if err != nil {
			return raw.Outcome{}, err
		}
		seconds := wit.None[float32]()
		if output.Seconds > 0 {
			seconds = wit.Some(float32(output.Seconds))
		}
		outputs = append(outputs, raw.Output{
			Content:       content,
			Width:         convert.Count(output.Width),
			Height:        convert.Count(output.Height),
			Seconds:       seconds,
			Seed:          convert.Optional(output.Seed),
			RevisedPrompt: convert.OptionalText(output.RevisedPrompt),
		})
	}
	notes := make([]palisade.Warning, 0, len(done.Notes))
	for _, note := range done.Notes {
		notes = append(notes, palisade.Warning{Note: note})
	}
	return raw.Outcome{
		Outputs:  outputs,
		Usage:    convert.Usage(done.Usage, "", 0),
		Warnings: convert.Warnings(ignored, notes),
	}, nil
}
