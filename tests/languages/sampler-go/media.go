package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"palisade"
	"palisade/imageedit"
	"palisade/imagetotext"
	"palisade/imageupscale"
	"palisade/speechtotext"
	"palisade/texttoimage"
	"palisade/texttospeech"
)

func generate(call *palisade.Call, request *texttoimage.Request) ([]palisade.Image, error) {
	width, height := request.Size.Width, request.Size.Height
	if request.Size.Ratio {
		if err := call.Adjusted("size", "64x32"); err != nil {
			return nil, err
		}
	}
	if request.Size.Ratio || width == 0 {
		width, height = 64, 32
	}
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"/>`, width, height)
	content := palisade.NewMedia("image/svg+xml", []byte(svg))
	var images []palisade.Image
	for range request.N {
		images = append(images, palisade.Image{Content: content, Width: width, Height: height, Seed: request.Seed})
	}
	return images, nil
}

func edit(_ *palisade.Call, request *imageedit.Request) ([]palisade.Image, error) {
	count := uint64(len(request.Images))
	if request.Mask != nil {
		count++
	}
	var images []palisade.Image
	for _, image := range request.Images[:min(request.N, len(request.Images))] {
		images = append(images, palisade.Image{Content: image, Seed: &count, RevisedPrompt: strings.ToUpper(request.Prompt)})
	}
	return images, nil
}

func upscale(_ *palisade.Call, request *imageupscale.Request) (*palisade.Image, error) {
	width, height := request.Width, request.Height
	if request.Factor > 0 {
		width, height = int(10*request.Factor), int(20*request.Factor)
	}
	return &palisade.Image{Content: request.Image, Width: width, Height: height, Seed: request.Seed}, nil
}

func read(_ *palisade.Call, request *imagetotext.Request) (*imagetotext.Response, error) {
	data, err := request.Image.Bytes()
	if err != nil {
		return nil, err
	}
	size := fmt.Sprintf("%d bytes", len(data))
	return &imagetotext.Response{
		Text: request.Image.Type + ", " + size,
		Findings: []imagetotext.Finding{{
			Text:       size,
			Kind:       "size",
			Confidence: palisade.Pointer(0.5),
			Region:     &imagetotext.Region{X: 1, Y: 2, Width: 3, Height: 4},
		}},
	}, nil
}

func transcribe(call *palisade.Call, _ *speechtotext.Request) (*speechtotext.Response, error) {
	call.Note("faint")
	call.Used("audio-second", 2)
	return &speechtotext.Response{
		Text:     "so far",
		Segments: []speechtotext.Segment{{Text: "so", End: 0.5, Speaker: "a"}, {Text: "far", Start: 1, End: 2}},
		Language: "en",
		Seconds:  2,
	}, nil
}

func synthesize(_ *palisade.Call, request *texttospeech.Request, sound *texttospeech.Writer) error {
	size := uint32(200 * len(request.Text))
	sound.MediaType = "audio/wav"
	head := struct {
		Riff                          [4]byte
		Rest                          uint32
		Wave                          [8]byte
		Form                          uint32
		Kind, Channels                uint16
		Rate, BytesPerSecond          uint32
		BytesPerSample, BitsPerSample uint16
		Data                          [4]byte
		Size                          uint32
	}{
		Riff: [4]byte([]byte("RIFF")), Rest: 36 + size, Wave: [8]byte([]byte("WAVEfmt ")), Form: 16, Kind: 1, Channels: 1,
		Rate: 8000, BytesPerSecond: 16000, BytesPerSample: 2, BitsPerSample: 16, Data: [4]byte([]byte("data")), Size: size,
	}
	if err := binary.Write(sound, binary.LittleEndian, head); err != nil {
		return err
	}
	samples := make([]byte, 0, size)
	for at := range size / 2 {
		samples = binary.LittleEndian.AppendUint16(samples, uint16(int16(9000*math.Sin(float64(at)/5))))
	}
	_, err := sound.Write(samples)
	return err
}
