// Command my-provider has a server make films, which takes longer than a call.
package main

import (
	"palisade"
	"palisade/jobs"
	"palisade/texttovideo"
	"palisade/upstream"
)

const (
	server = "https://films.example.com/v1"
	key    = "api-key"
)

func main() {
	texttovideo.Handle(submit)
	jobs.Handle(poll, nil)
	palisade.Serve(palisade.Provider{
		Name:        "my-provider",
		Summary:     "Has a server make films.",
		Hosts:       []string{"films.example.com"},
		Credentials: []string{key},
		Models: []palisade.Model{{
			ID:          "film",
			Params:      []palisade.Param{{Name: "seconds", Values: palisade.Number{Min: 1, Max: 10}}},
			OutputTypes: []string{"video/mp4"},
		}},
	})
}

// A ticket is what the server calls a film.
type ticket struct {
	ID string `json:"id"`
}

func submit(call *palisade.Call, request *texttovideo.Request) (ticket, error) {
	var made ticket
	seconds := request.Seconds
	if seconds == 0 {
		seconds = 5
	}
	response, err := ask(upstream.Request{
		Method: "POST",
		URL:    server + "/films",
		JSON:   map[string]any{"prompt": request.Prompt, "seconds": seconds},
		// The same key means the same film: nobody pays twice.
		Headers: map[string]string{"idempotency-key": call.IdempotencyKey},
	})
	if err != nil {
		return made, err
	}
	err = response.JSON(&made)
	return made, err
}

func poll(own ticket) (jobs.State, error) {
	var film struct {
		State, Reason string
		Permille      int
		Seconds       float64
	}
	response, err := ask(upstream.Request{URL: server + "/films/" + own.ID})
	if err != nil {
		return nil, err
	}
	if err := response.JSON(&film); err != nil {
		return nil, err
	}
	switch film.State {
	case "failed":
		return jobs.Failed{Err: palisade.Fail(palisade.KindInternal, "the server failed: %s", film.Reason)}, nil
	case "done":
		response, err := ask(upstream.Request{URL: server + "/films/" + own.ID + "/file"})
		if err != nil {
			return nil, err
		}
		data, err := response.Bytes()
		output := jobs.Output{Content: palisade.NewMedia("video/mp4", data), Seconds: film.Seconds}
		return jobs.Succeeded{Outputs: []jobs.Output{output}, Usage: palisade.UsageOf("video-second", film.Seconds)}, err
	}
	return jobs.Running{Permille: film.Permille}, nil
}

// ask asks the server, whose refusals are failures.
func ask(request upstream.Request) (*upstream.Response, error) {
	request.Credential = key
	response, err := upstream.Send(request)
	if err != nil {
		return nil, err
	}
	return response, response.Failure()
}
