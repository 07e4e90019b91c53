// Command my-provider has a server make films of pictures, which takes longer than a call.
package main

import (
	"cmp"

	"palisade"
	"palisade/imagetovideo"
	"palisade/jobs"
	"palisade/upstream"
)

const (
	server = "https://films.example.com/v1"
	key    = "api-key"
)

func main() {
	imagetovideo.Handle(submit)
	jobs.Handle(poll, nil)
	palisade.Serve(palisade.Provider{
		Name:        "my-provider",
		Summary:     "Has a server make films of pictures.",
		Hosts:       []string{"films.example.com"},
		Credentials: []string{key},
		Models: []palisade.Model{{
			ID:          "film",
			Params:      []palisade.Param{{Name: "seconds", Values: palisade.Number{Min: 1, Max: 10}}},
			InputTypes:  []string{"image/*"},
			OutputTypes: []string{"video/mp4"},
		}},
	})
}

// A ticket is what the server calls a film, or a picture. The host keeps that of a film, to find it again.
type ticket struct {
	ID string `json:"id"`
}

func submit(call *palisade.Call, request *imagetovideo.Request) (ticket, error) {
	picture, err := upload(request.FirstFrame)
	if err != nil {
		return ticket{}, err
	}
	return create(upstream.Request{
		URL:  server + "/films",
		JSON: map[string]any{"picture": picture.ID, "prompt": request.Prompt, "seconds": cmp.Or(request.Seconds, 5)},
		// The same key means the same film: nobody pays twice.
		Headers: map[string]string{"idempotency-key": call.IdempotencyKey},
	})
}

// upload hands the server a picture, which costs nothing.
func upload(picture *palisade.Media) (ticket, error) {
	data, err := picture.Bytes()
	if err != nil {
		return ticket{}, err
	}
	return create(upstream.Request{
		URL:     server + "/pictures",
		Body:    data,
		Headers: map[string]string{"content-type": picture.Type},
	})
}

// create has the server take something, and gives what it calls it.
func create(request upstream.Request) (ticket, error) {
	request.Method = "POST"
	response, err := ask(request)
	if err != nil {
		return ticket{}, err
	}
	var created ticket
	err = response.JSON(&created)
	return created, err
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
