package main

import (
	"testing"

	"palisade"
	"palisade/chat"
)

func TestWhoeverSpeaksIsGreeted(t *testing.T) {
	answer, err := chat.Collect(reply, &palisade.Call{}, chat.Ask("World"))
	if err != nil || answer.Text != "Hello, World!" {
		t.Errorf("%+v, %v", answer, err)
	}
}
