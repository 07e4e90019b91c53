// Command my-provider beeps once for every word.
package main

import (
	"encoding/binary"
	"math"
	"strings"

	"palisade"
	"palisade/texttospeech"
)

const (
	rate = 8000
	// tone is how many samples a beep has, and the silence after it.
	tone = rate / 5
)

func main() {
	texttospeech.Handle(speak)
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Beeps once for every word.",
		Models:  []palisade.Model{{ID: "beeper", OutputTypes: []string{"audio/wav"}, Prices: palisade.Free}},
	})
}

// speak writes each word for itself: the host hears the first while the others are not there yet.
func speak(_ *palisade.Call, request *texttospeech.Request, sound *texttospeech.Writer) error {
	count := len(strings.Fields(request.Text))
	sound.MediaType = "audio/wav"
	if _, err := sound.Write(head(count * 2 * tone * 2)); err != nil {
		return err
	}
	samples := make([]int16, 2*tone)
	for at := range tone {
		samples[at] = int16(12000 * math.Sin(2*math.Pi*660*float64(at)/rate))
	}
	for range count {
		if err := binary.Write(sound, binary.LittleEndian, samples); err != nil {
			return err
		}
	}
	return nil
}

// head is the head of a WAV file of so many bytes of samples: 16 bits, mono.
func head(size int) []byte {
	file := []byte("RIFF")
	file = binary.LittleEndian.AppendUint32(file, uint32(36+size))
	file = append(file, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	file = binary.LittleEndian.AppendUint32(file, rate)
	file = binary.LittleEndian.AppendUint32(file, 2*rate)
	file = append(file, "\x02\x00\x10\x00data"...)
	return binary.LittleEndian.AppendUint32(file, uint32(size))
}
