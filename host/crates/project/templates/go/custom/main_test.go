package main

import (
	"reflect"
	"testing"

	"palisade"
	"palisade/custom"
)

func TestEveryFileHasItsSum(t *testing.T) {
	files := []*palisade.Media{
		palisade.NewMedia("text/plain", []byte("123456789")),
		palisade.NewMedia("text/plain", nil),
	}
	response, err := sum(&palisade.Call{}, &custom.Request{Task: "crc-32", Media: files})
	if err != nil {
		t.Fatal(err)
	}
	if wanted := []string{"cbf43926", "00000000"}; !reflect.DeepEqual(response.Output, wanted) {
		t.Errorf("%v is not %v", response.Output, wanted)
	}
}
