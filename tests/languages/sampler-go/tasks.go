package main

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	"palisade"
	"palisade/custom"
	"palisade/keyvalue"
	"palisade/upstream"
)

var tasks = []custom.Task{
	{ID: "double", Summary: "Doubles a number.", InputSchema: `{"type": "number"}`, OutputSchema: `{"type": "number"}`},
	{ID: "fail", Summary: "Fails as it is told.", InputSchema: `{"type": "string"}`, OutputSchema: `{"type": "null"}`},
	{ID: "service", Summary: "Uses a service of the host.", InputSchema: `{"type": "string"}`, OutputSchema: `{}`},
	{ID: "echo", Summary: "Gives the media back.", InputSchema: `{}`, OutputSchema: `{}`},
	{ID: "stores", Summary: "Asks the stores that are lent.", InputSchema: `{"type": "string"}`, OutputSchema: `{}`},
	{ID: "reach", Summary: "Uses what the operator has granted.", InputSchema: `{"type": "object"}`, OutputSchema: `{}`},
}

func run(_ *palisade.Call, request *custom.Request) (*custom.Response, error) {
	var text string
	switch request.Task {
	case "double":
		var number float64
		err := request.Decode(&number)
		return &custom.Response{Output: 2 * number}, err
	case "echo":
		return &custom.Response{Output: len(request.Media), Media: request.Media}, nil
	case "reach":
		var wanted wanted
		if err := request.Decode(&wanted); err != nil {
			return nil, err
		}
		output, err := reach(wanted)
		return &custom.Response{Output: output}, err
	}
	if err := request.Decode(&text); err != nil {
		return nil, err
	}
	if request.Task == "fail" {
		panic("Error: there is no " + text)
	}
	if request.Task == "stores" {
		output, err := askStores(text)
		return &custom.Response{Output: output}, err
	}
	output, err := service(text)
	return &custom.Response{Output: output}, err
}

// What the host's small services give and take, by their names.
type wanted struct {
	Has, Fetch, Method, URL, Credential string
	Keep, Throws, Lines                 bool
	Connect                             int
	Headers                             map[string]string
	JSON                                any
}

func reach(wanted wanted) (any, error) {
	switch {
	case wanted.Has != "":
		return palisade.HasCredential(wanted.Has)
	case wanted.Keep:
		return keep()
	case wanted.Connect != 0:
		_, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(wanted.Connect))
		if err != nil {
			return err.Error(), nil
		}
		return nil, nil
	case wanted.Fetch != "":
		media, err := upstream.Fetch(wanted.Fetch, 1<<20)
		if err != nil {
			return nil, err
		}
		data, err := media.Bytes()
		return []any{media.Type, len(data)}, err
	}
	response, err := upstream.Send(upstream.Request{
		Method: wanted.Method, URL: wanted.URL, Headers: wanted.Headers, JSON: wanted.JSON, Credential: wanted.Credential,
	})
	if err != nil {
		return nil, err
	}
	if wanted.Throws {
		if err := response.Failure(); err != nil {
			return nil, fmt.Errorf("asking %s: %w", wanted.URL, err)
		}
	}
	if wanted.Lines {
		lines := []string{}
		for line, err := range response.Lines() {
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
		return lines, nil
	}
	body, err := response.Bytes()
	return []any{response.Status, response.Headers["x-colour"], string(body)}, err
}

func keep() (any, error) {
	before, found, err := keyvalue.Get("count")
	if err != nil {
		return nil, err
	}
	if !found {
		before = []byte("0")
	}
	count, err := strconv.Atoi(string(before))
	if err != nil {
		return nil, err
	}
	if err := keyvalue.Set("count", []byte(strconv.Itoa(count+1))); err != nil {
		return nil, err
	}
	if err := keyvalue.Set("other", []byte("x")); err != nil {
		return nil, err
	}
	if err := keyvalue.Delete("other"); err != nil {
		return nil, err
	}
	counts, err := keyvalue.Keys("c", "")
	if err != nil {
		return nil, err
	}
	others, err := keyvalue.Keys("o", "")
	if others == nil {
		others = []string{}
	}
	return []any{string(before), counts, others}, err
}

func service(name string) (any, error) {
	switch name {
	case "print":
		fmt.Println("printed")
		slog.Warn("logged", "by", "sampler")
		palisade.Progress(500, "half")
	case "time":
		return []any{float64(time.Now().UnixMilli()) / 1000, nil, rand.Float64()}, nil
	case "config":
		footer, found := palisade.Config("footer")
		if !found {
			footer = "none"
		}
		return footer, nil
	case "key-value":
		return nil, keyvalue.Set("key", []byte("value"))
	}
	return nil, nil
}
