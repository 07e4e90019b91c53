// Command my-provider orders documents by how many words they share with the query.
package main

import (
	"slices"
	"strings"

	"palisade"
	"palisade/rerank"
)

func main() {
	rerank.Handle(order)
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Orders documents by how many words they share with the query.",
		Models:  []palisade.Model{{ID: "overlap", Prices: palisade.Free}},
	})
}

func order(_ *palisade.Call, request *rerank.Request) ([]rerank.Ranked, error) {
	wanted := strings.Fields(strings.ToLower(request.Query))
	ranking := make([]rerank.Ranked, 0, len(request.Documents))
	for index, document := range request.Documents {
		words := strings.Fields(strings.ToLower(document))
		ranked := rerank.Ranked{Index: index}
		for _, word := range wanted {
			if slices.Contains(words, word) {
				ranked.Score++
			}
		}
		ranking = append(ranking, ranked)
	}
	return ranking, nil
}
