// Command my-provider writes a word for every beep.
package main

import (
	"encoding/binary"
	"slices"
	"strings"

	"palisade"
	"palisade/speechtotext"
)

// loud is how loud it is at least where there is no silence.
const loud = 1000

func main() {
	speechtotext.Handle(transcribe)
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Writes a word for every beep.",
		Models:  []palisade.Model{{ID: "beeps", InputTypes: []string{"audio/wav"}, Prices: palisade.Free}},
	})
}

func transcribe(_ *palisade.Call, request *speechtotext.Request) (*speechtotext.Response, error) {
	file, err := request.Audio.Bytes()
	if err != nil {
		return nil, err
	}
	rate, samples := read(file)
	if rate == 0 {
		return nil, palisade.InvalidInput("audio", "must be a WAV file with one channel of 16-bit samples")
	}
	words := slices.Repeat([]string{"beep"}, beeps(samples, max(rate/50, 1)))
	return &speechtotext.Response{Text: strings.Join(words, " "), Seconds: float64(len(samples)) / float64(rate)}, nil
}

// read gives the rate and the samples of a WAV file with one channel of 16 bits; a rate of 0 where it is none.
func read(file []byte) (rate int, samples []int16) {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return 0, nil
	}
	for rest := file[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:]))
		chunk := rest[8:]
		chunk = chunk[:min(size, len(chunk))]
		switch {
		case name == "fmt " && len(chunk) >= 16:
			if binary.LittleEndian.Uint32(chunk) != 1|1<<16 || binary.LittleEndian.Uint16(chunk[14:]) != 16 {
				return 0, nil
			}
			rate = int(binary.LittleEndian.Uint32(chunk[4:]))
		case name == "data":
			for ; len(chunk) >= 2; chunk = chunk[2:] {
				samples = append(samples, int16(binary.LittleEndian.Uint16(chunk)))
			}
			return rate, samples
		}
		// Chunks have an even length.
		rest = rest[min(8+size+size%2, len(rest)):]
	}
	return 0, nil
}

// beeps is how often it is loud after silence, looking at so many samples at a time.
func beeps(samples []int16, step int) int {
	count, before := 0, false
	for part := range slices.Chunk(samples, step) {
		now := slices.ContainsFunc(part, func(sample int16) bool { return sample > loud || sample < -loud })
		if now && !before {
			count++
		}
		before = now
	}
	return count
}
