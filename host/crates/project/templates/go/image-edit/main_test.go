package main

import (
	"strings"
	"testing"

	"palisade"
	"palisade/imageedit"
)

func washed(prompt, drawing string) (string, error) {
	request := &imageedit.Request{Prompt: prompt, Images: []*palisade.Media{palisade.NewMedia(svg, []byte(drawing))}, N: 1}
	images, err := wash(&palisade.Call{}, request)
	if err != nil {
		return "", err
	}
	data, err := images[0].Content.Bytes()
	return string(data), err
}

func TestTheWashIsOverAllOfIt(t *testing.T) {
	drawing, err := washed("tomato", "<svg><circle r='9'/></svg>\n")
	if err != nil || !strings.HasPrefix(drawing, "<svg><circle r='9'/><rect ") || !strings.Contains(drawing, "tomato") {
		t.Error(drawing, err)
	}
}

func TestWhatIsNoColourOrNoDrawingIsRefused(t *testing.T) {
	for prompt, drawing := range map[string]string{`"/>`: "<svg></svg>", "tomato": "GIF89a"} {
		if _, err := washed(prompt, drawing); palisade.KindOf(err) != palisade.KindInvalidInput {
			t.Error(prompt, err)
		}
	}
}
