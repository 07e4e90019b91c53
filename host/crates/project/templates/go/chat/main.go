// Command my-provider greets whoever speaks to it.
package main

import (
	"fmt"

	"palisade"
	"palisade/chat"
)

func main() {
	chat.Handle(reply)
	palisade.Serve(palisade.Provider{
		Name:    "my-provider",
		Summary: "Greets whoever speaks to it.",
		Models:  []palisade.Model{{ID: "greeter", Prices: palisade.Free}},
	})
}

func reply(_ *palisade.Call, request *chat.Request, answer *chat.Writer) error {
	fmt.Fprint(answer, "Hello, ")
	_, err := fmt.Fprintf(answer, "%s!", request.Prompt())
	return err
}
