package main

import (
	"strings"
	"testing"

	"palisade"
	"palisade/imagetovideo"
	"palisade/jobs"
	"palisade/palisadetest"
)

func submitted() (ticket, error) {
	picture := palisade.NewMedia("image/png", []byte("fox"))
	return submit(&palisade.Call{}, &imagetovideo.Request{FirstFrame: picture, Prompt: "it runs"})
}

func TestAFilmIsSubmittedAndFetchedWhenItIsDone(t *testing.T) {
	requests := palisadetest.Upstream(t,
		palisadetest.Answer(200, `{"id": "p1"}`),
		palisadetest.Answer(200, `{"id": "7"}`),
		palisadetest.Answer(200, `{"state": "running", "permille": 500}`),
		palisadetest.Answer(200, `{"state": "done", "seconds": 5}`),
		palisadetest.Answer(200, "film"),
	)
	own, err := submitted()
	if err != nil {
		t.Fatal(err)
	}
	if sent := (*requests)[0]; string(sent.Body) != "fox" || sent.Headers["content-type"] != "image/png" {
		t.Error(sent)
	}
	if body := string((*requests)[1].Body); body != `{"picture":"p1","prompt":"it runs","seconds":5}` {
		t.Error(body)
	}
	if state, err := poll(own); err != nil || state != (jobs.State)(jobs.Running{Permille: 500}) {
		t.Error(state, err)
	}
	state, err := poll(own)
	if err != nil {
		t.Fatal(err)
	}
	if film, err := state.(jobs.Succeeded).Outputs[0].Content.Bytes(); err != nil || string(film) != "film" {
		t.Error(string(film), err)
	}
	if url := (*requests)[4].URL; url != "https://films.example.com/v1/films/7/file" {
		t.Error(url)
	}
}

func TestWhatFailsIsTold(t *testing.T) {
	palisadetest.Upstream(t,
		palisadetest.Answer(200, `{"id": "p1"}`),
		palisadetest.Answer(429, "slow down"),
		palisadetest.Answer(200, `{"state": "failed", "reason": "no fox"}`),
	)
	if _, err := submitted(); palisade.KindOf(err) != palisade.KindRateLimited {
		t.Error(err)
	}
	state, err := poll(ticket{"7"})
	if failed, is := state.(jobs.Failed); err != nil || !is || !strings.Contains(failed.Err.Error(), "no fox") {
		t.Error(state, err)
	}
}
