package main

import (
	"testing"

	"palisade"
	"palisade/rerank"
)

func TestTheDocumentWithTheMostWordsOfTheQueryHasTheHighestScore(t *testing.T) {
	request := &rerank.Request{Query: "red fox", Documents: []string{"a grey wolf", "a red fox", "a red hen"}}
	ranking, err := order(&palisade.Call{}, request)
	if err != nil {
		t.Fatal(err)
	}
	for index, score := range []float64{0, 2, 1} {
		if ranking[index].Score != score {
			t.Errorf("document %d has the score %v", index, ranking[index].Score)
		}
	}
}
