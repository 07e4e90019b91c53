// Command painter-go takes longer than a call to paint: "text-to-image" as a job.
package main

import (
	"fmt"

	"palisade"
	"palisade/jobs"
	"palisade/texttoimagejob"
)

func main() {
	texttoimagejob.Handle(submit)
	jobs.Handle(poll, nil)
	palisade.Serve(palisade.Provider{
		Name: "painter",
		Models: []palisade.Model{{
			ID: "slow", Params: []palisade.Param{palisade.Seed}, OutputTypes: []string{"image/svg+xml"}, Prices: palisade.Free,
		}},
	})
}

// A ticket is all that is painted by.
type ticket struct {
	Prompt           string
	N, Width, Height int
	Seed             *uint64
}

func submit(_ *palisade.Call, request *texttoimagejob.Request) (ticket, error) {
	return ticket{request.Prompt, request.N, request.Size.Width, request.Size.Height, request.Seed}, nil
}

func poll(own ticket) (jobs.State, error) {
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"/>`, own.Width, own.Height)
	var outputs []jobs.Output
	for range own.N {
		outputs = append(outputs, jobs.Output{
			Content: palisade.NewMedia("image/svg+xml", []byte(svg)),
			Width:   own.Width, Height: own.Height, Seed: own.Seed, RevisedPrompt: own.Prompt,
		})
	}
	return jobs.Succeeded{Outputs: outputs, Usage: palisade.UsageOf("image", float64(own.N))}, nil
}
