// Command my-provider washes a drawing in the colour that the prompt names.
package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"palisade"
	"palisade/imageedit"
)

const (
	svg = "image/svg+xml"
	end = "</svg>"
)

var isColour = regexp.MustCompile("^[a-z]+$").MatchString

func main() {
	imageedit.Handle(wash)
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Washes a drawing in the colour that the prompt names.",
		Models:  []palisade.Model{{ID: "wash", InputTypes: []string{svg}, OutputTypes: []string{svg}, Prices: palisade.Free}},
	})
}

func wash(_ *palisade.Call, request *imageedit.Request) ([]palisade.Image, error) {
	colour := strings.TrimSpace(request.Prompt)
	if !isColour(colour) {
		return nil, palisade.InvalidInput("prompt", "must be the name of a colour")
	}
	drawing, err := request.Images[0].Bytes()
	if err != nil {
		return nil, err
	}
	at := bytes.LastIndex(drawing, []byte(end))
	if at < 0 {
		return nil, palisade.InvalidInput("images[0]", "must be an SVG file")
	}
	washed := fmt.Appendf(nil, `%s<rect width="100%%" height="100%%" fill="%s" opacity="0.4"/>%s`, drawing[:at], colour, drawing[at:])
	return []palisade.Image{{Content: palisade.NewMedia(svg, washed)}}, nil
}
