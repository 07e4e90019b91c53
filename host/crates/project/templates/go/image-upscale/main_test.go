package main

import (
	"strings"
	"testing"

	"palisade"
	"palisade/imageupscale"
)

func larger(drawing string, factor float64, width, height int) (*palisade.Image, error) {
	return enlarge(&palisade.Call{}, &imageupscale.Request{
		Image: palisade.NewMedia(svg, []byte(drawing)), Factor: factor, Width: width, Height: height,
	})
}

func TestADrawingGrowsAsAsked(t *testing.T) {
	const drawing = `<svg width="30" height="20"><circle r="9"/></svg>`
	image, err := larger(drawing, 2.5, 0, 0)
	if err != nil || image.Width != 75 || image.Height != 50 {
		t.Fatal(image, err)
	}
	if data, err := image.Content.Bytes(); err != nil || !strings.Contains(string(data), `viewBox="0 0 30 20">`+drawing) {
		t.Error(string(data), err)
	}
	if image, err := larger(drawing, 0, 90, 60); err != nil || image.Width != 90 {
		t.Error(image, err)
	}
}

func TestWhatHasNoSizeIsRefused(t *testing.T) {
	if _, err := larger("<svg></svg>", 2, 0, 0); palisade.KindOf(err) != palisade.KindInvalidInput {
		t.Error(err)
	}
}
