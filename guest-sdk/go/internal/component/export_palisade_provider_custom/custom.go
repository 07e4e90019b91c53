//go:build wasip1

// Package export_palisade_provider_custom is between the host and [palisade/custom].
package export_palisade_provider_custom

import (
	"encoding/json"
	"errors"

	"palisade/custom"
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_custom"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
)

func served() custom.Tasks {
	return registry.Handler("custom").(custom.Tasks)
}

// Tasks are those of the provider.
func Tasks() []raw.Task {
	var tasks []raw.Task
	for _, task := range served().Tasks {
		tasks = append(tasks, raw.Task{
			Id:           convert.Text(task.ID),
			Summary:      convert.Text(task.Summary),
			InputSchema:  convert.Text(task.InputSchema),
			OutputSchema: convert.Text(task.OutputSchema),
		})
	}
	return tasks
}

// Run does a task.
func Run(request raw.Request, options types.CallOptions) wit.Result[raw.Response, types.Failure] {
	return convert.Answer(func() (raw.Response, error) {
		call := convert.Call(options)
		made, err := served().Handler(call, &custom.Request{
			Task: request.Task, Input: json.RawMessage(request.Input), Media: convert.Medias(request.Media),
		})
		if err != nil {
			return raw.Response{}, err
		}
		if made == nil {
			return raw.Response{}, errors.New("the task has no answer")
		}
		output, err := json.Marshal(made.Output)
		if err != nil {
			return raw.Response{}, err
		}
		media, err := convert.LowerMedias(made.Media)
		if err != nil {
			return raw.Response{}, err
		}
		return raw.Response{
			Output:   string(output),
			Media:    media,
			Usage:    convert.Usage(call.Usage(), "request", 1),
			Warnings: convert.Warnings(nil, call.Warnings()),
		}, nil
	})
}
