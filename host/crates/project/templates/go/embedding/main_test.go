package main

import (
	"math"
	"testing"

	"palisade"
	"palisade/embedding"
)

func TestEveryTextHasAVectorOfLength1(t *testing.T) {
	request := &embedding.Request{Items: []palisade.Content{{Text: "a red fox"}, {Text: ""}}}
	vectors, err := embed(&palisade.Call{}, request)
	if err != nil || len(vectors) != 2 {
		t.Fatal(vectors, err)
	}
	for _, vector := range vectors {
		sum := 0.0
		for _, number := range vector {
			sum += float64(number) * float64(number)
		}
		if math.Abs(sum-1) > 1e-5 {
			t.Errorf("%v has the length %v", vector, math.Sqrt(sum))
		}
	}
}
