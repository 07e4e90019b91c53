// Command my-provider finds profanity by a list of words.
package main

import (
	"slices"
	"strings"
	"unicode"

	"palisade"
	"palisade/moderation"
)

var words = []string{"damn", "heck"}

func main() {
	moderation.Handle(moderate)
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Finds profanity by a list of words.",
		Models:  []palisade.Model{{ID: "words", Prices: palisade.Free}},
	})
}

func moderate(_ *palisade.Call, request *moderation.Request) ([]moderation.Verdict, error) {
	verdicts := make([]moderation.Verdict, 0, len(request.Items))
	for _, item := range request.Items {
		if item.Media != nil {
			return nil, palisade.Unsupported("media")
		}
		category := moderation.Category{Name: "profanity", Flagged: isProfane(item.Text)}
		if category.Flagged {
			category.Score = 1
		}
		verdicts = append(verdicts, moderation.Verdict{category})
	}
	return verdicts, nil
}

// isProfane says whether a text holds a word of the list.
func isProfane(text string) bool {
	between := func(letter rune) bool { return !unicode.IsLetter(letter) }
	return slices.ContainsFunc(strings.FieldsFunc(text, between), func(word string) bool {
		return slices.Contains(words, strings.ToLower(word))
	})
}
