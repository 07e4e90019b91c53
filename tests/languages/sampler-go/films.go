package main

import (
	"fmt"
	"time"

	"palisade"
	"palisade/imagetovideo"
	"palisade/jobs"
	"palisade/texttovideo"
)

// A ticket finds a film again.
type ticket struct {
	Prompt  string
	Seconds float64
}

func submit(_ *palisade.Call, request *texttovideo.Request) (ticket, error) {
	if request.Prompt == "refuse" {
		return ticket{}, palisade.InvalidInput("prompt", "it asks to be refused")
	}
	return ticket{request.Prompt, request.Seconds}, nil
}

func submitFromPicture(_ *palisade.Call, request *imagetovideo.Request) (ticket, error) {
	frame, err := request.FirstFrame.Bytes()
	if err != nil {
		return ticket{}, err
	}
	return ticket{fmt.Sprintf("%d bytes", len(frame)), request.Seconds}, nil
}

const film = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"

func poll(own ticket) (jobs.State, error) {
	switch own.Prompt {
	case "wait":
		preview := palisade.NewMedia("image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`))
		return jobs.Running{Permille: 500, Remaining: time.Second, Preview: preview}, nil
	case "queue":
		return jobs.Queued{QueuePosition: palisade.Pointer(3)}, nil
	case "fail":
		return jobs.Failed{Err: slowDown()}, nil
	case "stop":
		usage := palisade.UsageOf("video-second", 1)
		return jobs.Cancelled{Usage: &usage}, nil
	case "expire":
		return jobs.Expired{}, nil
	}
	output := jobs.Output{
		Content: palisade.NewMedia("video/mp4", []byte(film)), Width: 64, Height: 32, Seconds: own.Seconds, RevisedPrompt: own.Prompt,
	}
	return jobs.Succeeded{
		Outputs: []jobs.Output{output},
		Usage:   palisade.UsageOf("video-second", max(own.Seconds, 1)),
		Notes:   []string{"grainy"},
	}, nil
}

func cancel(own ticket) (jobs.CancelResult, error) {
	if own.Prompt == "wait" {
		return jobs.Stops, nil
	}
	return jobs.TooLate, nil
}
