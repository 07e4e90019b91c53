package main

import (
	"strings"
	"testing"

	"palisade"
	"palisade/texttoimage"
)

func TestThePromptIsDrawnAndNothingOfItIsMarkup(t *testing.T) {
	images, err := generate(&palisade.Call{}, &texttoimage.Request{Prompt: "<fox>", N: 2})
	if err != nil || len(images) != 2 {
		t.Fatal(images, err)
	}
	if svg, err := images[0].Content.Bytes(); err != nil || !strings.Contains(string(svg), "&lt;fox&gt;") {
		t.Errorf("%s, %v", svg, err)
	}
}

func TestWhoIsStrictGetsTheSizeThatWasAskedForOrNone(t *testing.T) {
	request := &texttoimage.Request{Prompt: "fox", N: 1, Size: palisade.Size{Width: 16, Height: 9, Ratio: true}}
	if _, err := generate(&palisade.Call{Strict: true}, request); palisade.KindOf(err) != palisade.KindLimitExceeded {
		t.Error(err)
	}
}
