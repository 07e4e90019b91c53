package main

import (
	"testing"

	"palisade"
	"palisade/texttospeech"
)

func TestEveryWordIsABeep(t *testing.T) {
	sound, err := texttospeech.Collect(speak, &palisade.Call{}, &texttospeech.Request{Text: "a red fox"})
	if err != nil {
		t.Fatal(err)
	}
	data, err := sound.Bytes()
	if err != nil || sound.Type != "audio/wav" || len(data) != 44+3*2*2*tone {
		t.Error(sound.Type, len(data), err)
	}
}
