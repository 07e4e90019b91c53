package main

import (
	"encoding/binary"
	"slices"
	"testing"

	"palisade"
	"palisade/speechtotext"
)

func sound(samples []int16) []byte {
	file := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+2*len(samples)))
	file = append(file, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data"...)
	file = binary.LittleEndian.AppendUint32(file, uint32(2*len(samples)))
	for _, sample := range samples {
		file = binary.LittleEndian.AppendUint16(file, uint16(sample))
	}
	return file
}

func heard(file []byte) (*speechtotext.Response, error) {
	return transcribe(&palisade.Call{}, &speechtotext.Request{Audio: palisade.NewMedia("audio/wav", file)})
}

func TestEveryBeepIsAWord(t *testing.T) {
	tone, silence := slices.Repeat([]int16{9000, -9000}, 200), make([]int16, 400)
	response, err := heard(sound(slices.Concat(tone, silence, tone)))
	if err != nil || response.Text != "beep beep" || response.Seconds != 0.15 {
		t.Error(response, err)
	}
	if response, err := heard(sound(silence)); err != nil || response.Text != "" {
		t.Error(response, err)
	}
}

func TestWhatIsNoSoundIsRefused(t *testing.T) {
	for _, file := range []string{"RIFF", "", "RIFF....WAVEdata\xff\xff\xff\xff"} {
		if _, err := heard([]byte(file)); palisade.KindOf(err) != palisade.KindInvalidInput {
			t.Error(err)
		}
	}
}
