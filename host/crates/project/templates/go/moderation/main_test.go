package main

import (
	"testing"

	"palisade"
	"palisade/moderation"
)

func TestAWordOfTheListIsFlagged(t *testing.T) {
	request := &moderation.Request{Items: []palisade.Content{{Text: "a red fox"}, {Text: "what the Heck!"}}}
	verdicts, err := moderate(&palisade.Call{}, request)
	if err != nil || verdicts[0].Flagged() || !verdicts[1].Flagged() {
		t.Error(verdicts, err)
	}
}
