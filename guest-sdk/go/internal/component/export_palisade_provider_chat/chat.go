//go:build wasip1

// Package export_palisade_provider_chat is between the host and [palisade/chat].
package export_palisade_provider_chat

import (
	"encoding/json"
	"runtime"

	"palisade"
	"palisade/chat"
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_chat"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/component/stream"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
)

// A ChatStream is an answer on its way.
type ChatStream struct {
	handle int32
	pinner runtime.Pinner
	*stream.Stream[raw.Event]
}

// OnDrop lets go of what the host lets go of.
func (own *ChatStream) OnDrop() {
	own.Cancel()
}

// Reply begins an answer.
func Reply(request raw.Request, options types.CallOptions) wit.Result[*ChatStream, types.Failure] {
	return convert.Answer(func() (*ChatStream, error) {
		call, wanted := convert.Call(options), lift(request)
		unheeded, err := convert.Unheeded(call,
			convert.Given{Name: "tools", Is: len(wanted.Tools) > 0 && wanted.ToolChoice != chat.ToolsNone},
			convert.Given{Name: "temperature", Is: wanted.Temperature != nil},
			convert.Given{Name: "top-p", Is: wanted.TopP != nil},
			convert.Given{Name: "max-output-tokens", Is: wanted.MaxOutputTokens > 0},
			convert.Given{Name: "stop", Is: len(wanted.Stop) > 0},
			convert.Given{Name: "seed", Is: wanted.Seed != nil},
			convert.Given{Name: "response-schema", Is: wanted.ResponseSchema != nil},
		)
		if err != nil {
			return nil, err
		}
		// Who has to use a tool cannot do without.
		if wanted.ToolChoice >= chat.ToolsRequired && len(unheeded) > 0 && unheeded[0] == "tools" {
			return nil, palisade.Unsupported("tool-choice")
		}
		handler := registry.Handler("chat").(chat.Handler)
		events, err := stream.New(func(yield func(raw.Event) bool) error {
			reason, characters, err := chat.Run(handler, call, wanted, func(event chat.Event) bool { return yield(lower(event)) })
			if err == nil {
				yield(raw.MakeEventFinish(raw.Finish{
					Reason:   lowerReason(reason),
					Usage:    convert.Usage(call.Usage(), "character", float64(characters)),
					Warnings: convert.Warnings(unheeded, call.Warnings()),
				}))
			}
			return err
		})
		return &ChatStream{Stream: events}, err
	})
}

func lift(request raw.Request) *chat.Request {
	lifted := &chat.Request{
		Messages:        make([]chat.Message, 0, len(request.Messages)),
		Tools:           make([]chat.Tool, 0, len(request.Tools)),
		ToolChoice:      chat.ToolChoice(request.ToolChoice.Tag()),
		Temperature:     convert.Wide(request.Temperature),
		TopP:            convert.Wide(request.TopP),
		MaxOutputTokens: int(request.MaxOutputTokens.SomeOr(0)),
		Stop:            request.Stop,
		Seed:            convert.Pointer(request.Seed),
	}
	if request.ToolChoice.Tag() == raw.ToolChoiceNamed {
		lifted.ToolName = request.ToolChoice.Named()
	}
	if request.ResponseSchema.IsSome() {
		lifted.ResponseSchema = json.RawMessage(request.ResponseSchema.Some())
	}
	for _, message := range request.Messages {
		own := chat.Message{Role: roles[message.Role], Parts: make([]chat.Part, 0, len(message.Parts))}
		for _, part := range message.Parts {
			own.Parts = append(own.Parts, liftPart(part))
		}
		lifted.Messages = append(lifted.Messages, own)
	}
	for _, tool := range request.Tools {
		lifted.Tools = append(lifted.Tools, chat.Tool{
			Name: tool.Name, Description: tool.Description, Parameters: json.RawMessage(tool.Parameters),
		})
	}
	return lifted
}

var roles = [...]chat.Role{chat.System, chat.User, chat.Assistant, chat.Tools}

func liftPart(part raw.Part) chat.Part {
	switch part.Tag() {
	case raw.PartMedia:
		return chat.Part{Media: convert.Media(part.Media())}
	case raw.PartToolCall:
		call := part.ToolCall()
		return chat.Part{ToolCall: &chat.ToolCall{ID: call.Id, Name: call.Name, Arguments: json.RawMessage(call.Arguments)}}
	case raw.PartToolResult:
		result := part.ToolResult()
		return chat.Part{ToolResult: &chat.ToolResult{ID: result.Id, Content: result.Content, Failed: result.IsError}}
	}
	return chat.Part{Text: part.Text()}
}

func lower(event chat.Event) raw.Event {
	if piece := event.ToolCall; piece != nil {
		return raw.MakeEventToolCall(raw.ToolCallDelta{
			Index:     uint32(piece.Index),
			Id:        convert.OptionalText(piece.ID),
			Name:      convert.OptionalText(piece.Name),
			Arguments: convert.Text(piece.Arguments),
		})
	}
	if event.Reasoning != "" {
		return raw.MakeEventReasoning(convert.Text(event.Reasoning))
	}
	return raw.MakeEventText(event.Text)
}

func lowerReason(reason chat.FinishReason) raw.FinishReason {
	switch reason {
	case chat.Stop, "stop":
		return raw.MakeFinishReasonStop()
	case chat.Length:
		return raw.MakeFinishReasonLength()
	case chat.ToolCalls:
		return raw.MakeFinishReasonToolCalls()
	case chat.ContentPolicy:
		return raw.MakeFinishReasonContentPolicy(wit.None[string]())
	}
	return raw.MakeFinishReasonOther(convert.Text(string(reason)))
}
