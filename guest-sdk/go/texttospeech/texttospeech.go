// Package texttospeech is the capability "text-to-speech": a text, spoken, in pieces.
package texttospeech

import (
	"errors"

	"palisade"
	"palisade/internal/registry"
)

// A Request is what to say. What is empty is for the model to choose.
type Request struct {
	// Text is never empty.
	Text string
	// Voice is one that the model offers.
	Voice string
	// Speed is 1 where it is ordinary, and at most 4; 0 is not said.
	Speed float64
	// Language is that of the text, as a BCP 47 tag.
	Language string
	// Instructions say how to say it.
	Instructions string
	// OutputFormat is the wanted media type, for example audio/mpeg.
	OutputFormat string
	// Seed makes the same request give the same sound.
	Seed *uint64
}

// A Handler speaks: it says first of what type the sound is, and then writes pieces of the file, each of which waits until the host asks for the
// next. An error before the first piece refuses the request.
type Handler func(call *palisade.Call, request *Request, sound *Writer) error

// Handle says who speaks.
func Handle(handler Handler) {
	registry.Set("text-to-speech", handler)
}

// A Writer takes the pieces of a sound. It is an [io.Writer].
type Writer struct {
	// MediaType is that of the sound, for example audio/wav. It is set before the first piece is written.
	MediaType string

	yield     func(piece []byte) bool
	cancelled bool
}

// most is how much of a sound is handed over at one time.
const most = 1 << 20

// Write adds a piece of the file.
func (writer *Writer) Write(piece []byte) (int, error) {
	if writer.MediaType == "" {
		return 0, errors.New("the media type of the sound is not set")
	}
	for written := 0; written < len(piece); written += most {
		end := min(written+most, len(piece))
		if writer.cancelled || !writer.yield(piece[written:end]) {
			writer.cancelled = true
			return written, palisade.ErrCancelled
		}
	}
	return len(piece), nil
}

// Run has a handler speak, and gives each piece to a function, which says whether there is to be another.
func Run(handler Handler, call *palisade.Call, request *Request, yield func(mediaType string, piece []byte) bool) error {
	writer := &Writer{}
	writer.yield = func(piece []byte) bool { return yield(writer.MediaType, piece) }
	if err := handler(call, request, writer); err != nil {
		return err
	}
	if writer.cancelled {
		return palisade.ErrCancelled
	}
	return nil
}

// Collect has a handler speak and gives the whole sound, for tests.
func Collect(handler Handler, call *palisade.Call, request *Request) (*palisade.Media, error) {
	var sound palisade.Media
	var data []byte
	err := Run(handler, call, request, func(mediaType string, piece []byte) bool {
		sound.Type = mediaType
		data = append(data, piece...)
		return true
	})
	if err != nil {
		return nil, err
	}
	return palisade.NewMedia(sound.Type, data), nil
}
