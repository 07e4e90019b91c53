// Command my-provider says how large a picture is.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"palisade"
	"palisade/imagetotext"
)

const (
	signature  = "\x89PNG\r\n\x1a\n"
	mostPixels = 100_000_000
)

func main() {
	imagetotext.Handle(read)
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Says how large a picture is.",
		Models:  []palisade.Model{{ID: "measure", InputTypes: []string{"image/png"}, Prices: palisade.Free}},
	})
}

// read reads the size from the header of a PNG file.
func read(_ *palisade.Call, request *imagetotext.Request) (*imagetotext.Response, error) {
	file, err := request.Image.Bytes()
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(file, []byte(signature)) || len(file) < 24 {
		return nil, palisade.InvalidInput("image", "must be a PNG file")
	}
	width, height := uint64(binary.BigEndian.Uint32(file[16:])), uint64(binary.BigEndian.Uint32(file[20:]))
	if width*height > mostPixels {
		return nil, palisade.LimitExceeded("image", "at most %d pixels", mostPixels)
	}
	return &imagetotext.Response{Text: fmt.Sprintf("%d x %d pixels", width, height)}, nil
}
