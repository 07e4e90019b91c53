// Command my-provider draws the prompt in large letters.
package main

import (
	"fmt"
	"html"

	"palisade"
	"palisade/texttoimage"
)

const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d">` +
	`<text x="50%%" y="50%%" text-anchor="middle" font-size="%d">%s</text></svg>`

func main() {
	texttoimage.Handle(generate)
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Draws the prompt in large letters.",
		Models:  []palisade.Model{{ID: "letters", OutputTypes: []string{"image/svg+xml"}, Prices: palisade.Free}},
	})
}

func generate(call *palisade.Call, request *texttoimage.Request) ([]palisade.Image, error) {
	width, height := request.Size.Width, request.Size.Height
	switch {
	case request.Size.Ratio:
		width, height = min(max(160*width/height, 1), 16384), 160
		if err := call.Adjusted("size", fmt.Sprintf("%dx%d", width, height)); err != nil {
			return nil, err
		}
	case width == 0:
		width, height = 640, 160
	}
	svg := fmt.Sprintf(drawing, width, height, height/3, html.EscapeString(request.Prompt))
	images := make([]palisade.Image, 0, request.N)
	for range request.N {
		content := palisade.NewMedia("image/svg+xml", []byte(svg))
		images = append(images, palisade.Image{Content: content, Width: width, Height: height})
	}
	return images, nil
}
