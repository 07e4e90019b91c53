package main

import (
	"strings"
	"testing"

	"palisade"
	"palisade/imagetotext"
)

const head = signature + "\x00\x00\x00\x0dIHDR"

func measured(file string) (string, error) {
	response, err := read(&palisade.Call{}, &imagetotext.Request{Image: palisade.NewMedia("image/png", []byte(file))})
	if err != nil {
		return "", err
	}
	return response.Text, nil
}

func TestTheSizeIsThatOfTheHeader(t *testing.T) {
	if text, err := measured(head + "\x00\x00\x02\x80\x00\x00\x00\xa0"); err != nil || text != "640 x 160 pixels" {
		t.Error(text, err)
	}
}

func TestWhatIsNoPictureOrTooLargeIsRefused(t *testing.T) {
	if _, err := measured("GIF89a"); palisade.KindOf(err) != palisade.KindInvalidInput {
		t.Error(err)
	}
	if _, err := measured(head + strings.Repeat("\x01", 8)); palisade.KindOf(err) != palisade.KindLimitExceeded {
		t.Error(err)
	}
}
