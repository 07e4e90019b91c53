// Command my-provider turns texts into vectors by the letters that they hold.
package main

import (
	"math"
	"strings"

	"palisade"
	"palisade/embedding"
)

const letters = "abcdefghijklmnopqrstuvwxyz"

func main() {
	embedding.Handle(embed)
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Turns texts into vectors by the letters that they hold.",
		Models:  []palisade.Model{{ID: "letters", Prices: palisade.Free}},
	})
}

func embed(_ *palisade.Call, request *embedding.Request) ([][]float32, error) {
	vectors := make([][]float32, 0, len(request.Items))
	for _, item := range request.Items {
		if item.Media != nil {
			return nil, palisade.Unsupported("media")
		}
		vectors = append(vectors, vector(item.Text))
	}
	return vectors, nil
}

// vector is how often each letter comes, as a vector of length 1.
func vector(text string) []float32 {
	text = strings.ToLower(text)
	numbers := make([]float32, 0, len(letters))
	sum := 0.0
	for _, letter := range letters {
		count := 1 + strings.Count(text, string(letter))
		numbers = append(numbers, float32(count))
		sum += float64(count * count)
	}
	for index := range numbers {
		numbers[index] /= float32(math.Sqrt(sum))
	}
	return numbers
}
