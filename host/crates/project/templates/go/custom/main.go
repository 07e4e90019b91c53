// Command my-provider sums files up in 32 bits.
package main

import (
	"fmt"
	"hash/crc32"
	"io"

	"palisade"
	"palisade/custom"
)

func main() {
	custom.Handle(sum, custom.Task{
		ID:           "crc-32",
		Summary:      "The CRC-32 of each file, as gzip and PNG have it.",
		InputSchema:  `{"type": "object", "additionalProperties": false}`,
		OutputSchema: `{"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{8}$"}}`,
	})
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Sums files up in 32 bits.",
		Models:  []palisade.Model{{ID: "sums", InputTypes: []string{"*/*"}, Prices: palisade.Free}},
	})
}

func sum(_ *palisade.Call, request *custom.Request) (*custom.Response, error) {
	sums := []string{}
	for _, file := range request.Media {
		sum := crc32.NewIEEE()
		reader, err := file.Open()
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(sum, reader); err != nil {
			return nil, err
		}
		sums = append(sums, fmt.Sprintf("%08x", sum.Sum32()))
	}
	return &custom.Response{Output: sums}, nil
}
