package palisade

import (
	"bytes"
	"io"
)

// A Media is an encoded file: a picture, a sound, a document.
type Media struct {
	// Type is its IANA media type, for example image/png.
	Type string

	data []byte
	open func() (io.Reader, error)
}

// NewMedia is a file of these bytes.
func NewMedia(mediaType string, data []byte) *Media {
	return &Media{Type: mediaType, data: data}
}

// MediaFrom is a file that is read when it is needed, which may be more than once: a large one never has to be in memory as a whole.
func MediaFrom(mediaType string, open func() (io.Reader, error)) *Media {
	return &Media{Type: mediaType, open: open}
}

// Open gives what reads the file, from its beginning.
func (media *Media) Open() (io.Reader, error) {
	if media.open != nil && media.data == nil {
		return media.open()
	}
	return bytes.NewReader(media.data), nil
}

// Bytes are those of the whole file. What the host keeps is read from it once, when this is first called.
func (media *Media) Bytes() ([]byte, error) {
	if media.open == nil || media.data != nil {
		return media.data, nil
	}
	reader, err := media.open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		return nil, err
	}
	media.data = data
	return data, nil
}

// A Content is a text, or a file: Media is nil where it is a text.
type Content struct {
	Text  string
	Media *Media
}

// A Size is that of a picture or a film. The zero Size lets the provider choose.
type Size struct {
	Width, Height int
	// Ratio says that the sides are in no pixels, but as one to the other, for example 16 and 9. The provider chooses the pixels.
	Ratio bool
}

// An Image is a picture that was made. What is zero is not known.
type Image struct {
	Content       *Media
	Width, Height int
	// Seed is the one that makes this picture again.
	Seed *uint64
	// RevisedPrompt is the prompt that was used, where it is not the caller's.
	RevisedPrompt string
}
