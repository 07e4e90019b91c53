// Command sampler-go serves every capability that the SDK knows, as plainly as can be: what the tests of the SDK call.
package main

import (
	"crypto/sha256"
	"math"
	"strings"

	"palisade"
	"palisade/chat"
	"palisade/custom"
	"palisade/embedding"
	"palisade/imageedit"
	"palisade/imagetotext"
	"palisade/imagetovideo"
	"palisade/imageupscale"
	"palisade/jobs"
	"palisade/moderation"
	"palisade/rerank"
	"palisade/speechtotext"
	"palisade/texttoimage"
	"palisade/texttospeech"
	"palisade/texttovideo"
)

func main() {
	chat.Handle(reply)
	custom.Handle(run, tasks...)
	embedding.Handle(embed)
	imageedit.Handle(edit)
	imagetotext.Handle(read)
	imagetovideo.Handle(submitFromPicture)
	imageupscale.Handle(upscale)
	jobs.Handle(poll, cancel)
	moderation.Handle(moderate)
	rerank.Handle(order)
	speechtotext.Handle(transcribe)
	texttoimage.Handle(generate)
	texttospeech.Handle(synthesize)
	texttovideo.Handle(submit)
	palisade.Serve(palisade.Provider{
		Name:    "sampler",
		Version: "1.2.3",
		Summary: "A bit of everything, for tests.",
		Models: []palisade.Model{
			{
				ID: "sampler",
				Params: []palisade.Param{
					palisade.Seed,
					{Name: "mood", Values: palisade.Choice{"calm", "wild"}},
					{Name: "weight", Values: palisade.Number{Max: 1}},
				},
				InputTypes:  []string{"*/*"},
				OutputTypes: []string{"image/svg+xml", "audio/wav", "video/mp4"},
				Prices:      palisade.Free,
				Capabilities: []string{
					"chat", "custom", "embedding", "image-edit", "image-to-text", "image-upscale", "moderation", "rerank",
					"speech-to-text", "text-to-image", "text-to-speech",
				},
			},
			{
				ID:           "slow",
				Params:       []palisade.Param{{Name: "seconds", Values: palisade.Number{Min: 1, Max: 9}}},
				Prices:       palisade.Free,
				Capabilities: []string{"image-to-video", "text-to-video"},
			},
		},
		Credentials: []string{"key"},
		Hosts:       []string{"127.0.0.1"},
	})
}

func reply(call *palisade.Call, request *chat.Request, answer *chat.Writer) error {
	switch request.Prompt() {
	case "refuse":
		return palisade.InvalidInput("messages[0]", "it asks to be refused")
	case "break":
		if err := answer.Say("so far"); err != nil {
			return err
		}
		return slowDown()
	}
	if err := answer.Reason("letter by letter"); err != nil {
		return err
	}
	// Each byte is a piece, and what is a letter comes whole.
	for _, letter := range []byte(request.Prompt()) {
		if _, err := answer.Write([]byte{letter}); err != nil {
			return err
		}
	}
	if len(request.Tools) > 0 {
		if err := answer.CallTool(chat.ToolCallDelta{ID: "1", Name: request.Tools[0].Name, Arguments: `{"a":`}); err != nil {
			return err
		}
		if err := answer.CallTool(chat.ToolCallDelta{Arguments: "1}"}); err != nil {
			return err
		}
		call.Used("output-token", 7)
		call.Note("careful")
		answer.Finish(chat.ToolCalls)
	}
	return nil
}

func slowDown() error {
	return &palisade.Failure{Kind: palisade.KindRateLimited, Message: "slow down", RetryAfter: 1500e6, Scope: "model"}
}

func embed(_ *palisade.Call, request *embedding.Request) ([][]float32, error) {
	size := request.Dimensions
	if size == 0 {
		size = 4
	}
	vectors := make([][]float32, 0, len(request.Items))
	for _, item := range request.Items {
		data := []byte(item.Text)
		if item.Media != nil {
			var err error
			if data, err = item.Media.Bytes(); err != nil {
				return nil, err
			}
		}
		vectors = append(vectors, vector(data, size))
	}
	return vectors, nil
}

func vector(data []byte, size int) []float32 {
	sum, digest := 0.0, sha256.Sum256(data)
	numbers := make([]float32, size)
	for index := range numbers {
		numbers[index] = 1 + float32(digest[index%len(digest)])
		sum += float64(numbers[index]) * float64(numbers[index])
	}
	for index := range numbers {
		numbers[index] /= float32(math.Sqrt(sum))
	}
	return numbers
}

func order(_ *palisade.Call, request *rerank.Request) ([]rerank.Ranked, error) {
	var ranking []rerank.Ranked
	for index, document := range request.Documents {
		score := 0.0
		for word := range strings.FieldsSeq(request.Query) {
			if strings.Contains(" "+document+" ", " "+word+" ") {
				score++
			}
		}
		ranking = append(ranking, rerank.Ranked{Index: index, Score: score})
	}
	return ranking, nil
}

func moderate(_ *palisade.Call, request *moderation.Request) ([]moderation.Verdict, error) {
	var verdicts []moderation.Verdict
	for _, item := range request.Items {
		category := moderation.Category{Name: "profanity"}
		if strings.Contains(item.Text, "bad") {
			category.Flagged, category.Score = true, 1
		}
		verdicts = append(verdicts, moderation.Verdict{category})
	}
	return verdicts, nil
}
