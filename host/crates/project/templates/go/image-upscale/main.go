// Command my-provider enlarges a drawing.
package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"

	"palisade"
	"palisade/imageupscale"
)

const svg = "image/svg+xml"

var (
	head   = regexp.MustCompile(`^<svg [^>]*>`)
	across = regexp.MustCompile(` width="([0-9]+)"`)
	down   = regexp.MustCompile(` height="([0-9]+)"`)
)

func main() {
	imageupscale.Handle(enlarge)
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Enlarges a drawing.",
		Models:  []palisade.Model{{ID: "vector", InputTypes: []string{svg}, OutputTypes: []string{svg}, Prices: palisade.Free}},
	})
}

func enlarge(_ *palisade.Call, request *imageupscale.Request) (*palisade.Image, error) {
	drawing, err := request.Image.Bytes()
	if err != nil {
		return nil, err
	}
	wide, wideFound := side(across, drawing)
	high, highFound := side(down, drawing)
	if !wideFound || !highFound {
		return nil, palisade.InvalidInput("image", "must be an SVG file with a width and a height in pixels")
	}
	width, height := request.Width, request.Height
	if request.Factor > 0 {
		width, height = int(math.Round(float64(wide)*request.Factor)), int(math.Round(float64(high)*request.Factor))
	}
	// A drawing within a larger one grows with it.
	larger := fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">%s</svg>`,
		width, height, wide, high, drawing)
	return &palisade.Image{Content: palisade.NewMedia(svg, larger), Width: width, Height: height}, nil
}

// side is one of a drawing that begins with its size in pixels: <svg width="64" height="48">.
func side(pattern *regexp.Regexp, drawing []byte) (int, bool) {
	found := pattern.FindSubmatch(head.Find(drawing))
	if found == nil {
		return 0, false
	}
	pixels, err := strconv.Atoi(string(found[1]))
	return pixels, err == nil
}
