// Package chat is the capability "chat": an answer to a conversation, in pieces.
//
//	func spell(call *palisade.Call, request *chat.Request, answer *chat.Writer) error {
//		for _, letter := range request.Prompt() {
//			if err := answer.Say(string(letter)); err != nil {
//				return err
//			}
//		}
//		return nil
//	}
package chat

import (
	"encoding/json"

	"palisade"
	"palisade/internal/registry"
)

// A Handler answers a request. It writes the pieces of the answer, each of which waits until the host asks for the next; what it writes last is
// the end. An error before the first piece refuses the request.
type Handler func(call *palisade.Call, request *Request, answer *Writer) error

// Handle says who answers.
func Handle(handler Handler) {
	registry.Set("chat", handler)
}

// A Role is who speaks.
type Role string

const (
	System    Role = "system"    // Whoever sets the rules.
	User      Role = "user"      // Who asks.
	Assistant Role = "assistant" // The model.
	Tools     Role = "tool"      // A tool, with its result.
)

// A ToolCall is the model asking for a tool.
type ToolCall struct {
	ID, Name string
	// Arguments are a JSON object.
	Arguments json.RawMessage
}

// A ToolResult is what a tool answered, as text or JSON.
type ToolResult struct {
	ID, Content string
	// Failed says that the tool failed.
	Failed bool
}

// A Part is a piece of a message: the field that is not nil, or else the text.
type Part struct {
	Text       string
	Media      *palisade.Media
	ToolCall   *ToolCall
	ToolResult *ToolResult
}

// A Message is a turn of the conversation.
type Message struct {
	Role  Role
	Parts []Part
}

// Text is the text of the message, its parts joined by line breaks.
func (message *Message) Text() string {
	var text string
	for _, part := range message.Parts {
		if part.Media != nil || part.ToolCall != nil || part.ToolResult != nil {
			continue
		}
		if text != "" {
			text += "\n"
		}
		text += part.Text
	}
	return text
}

// A Tool is one that the model may ask for.
type Tool struct {
	Name, Description string
	// Parameters are the JSON Schema of its arguments.
	Parameters json.RawMessage
}

// A ToolChoice says whether tools are used.
type ToolChoice uint8

const (
	ToolsAuto     ToolChoice = iota // The model decides.
	ToolsNone                       // Never.
	ToolsRequired                   // At least one.
	ToolsNamed                      // The one that is named.
)

// A Request is what to answer.
type Request struct {
	// Messages are the conversation, oldest first. They are never empty.
	Messages []Message
	// Tools are those that may be asked for.
	Tools []Tool
	// ToolChoice says whether they are used.
	ToolChoice ToolChoice
	// ToolName is the one to use, where one is named.
	ToolName string
	// Temperature is randomness, 0 to 2; nil lets the model choose.
	Temperature *float64
	// TopP is the share of the probability mass that is sampled from, 0 to 1; nil lets the model choose.
	TopP *float64
	// MaxOutputTokens are the most to answer with; 0 lets the model choose.
	MaxOutputTokens int
	// Stop are texts that end the answer.
	Stop []string
	// Seed makes the same request give the same answer, where the model can.
	Seed *uint64
	// ResponseSchema is JSON Schema that the answer must follow; nil for free text.
	ResponseSchema json.RawMessage
}

// Ask is a request to answer one message of a user.
func Ask(prompt string) *Request {
	return &Request{Messages: []Message{{Role: User, Parts: []Part{{Text: prompt}}}}}
}

// Prompt is the text of the last message of the user; empty when there is none.
func (request *Request) Prompt() string {
	for index := len(request.Messages) - 1; index >= 0; index-- {
		if message := &request.Messages[index]; message.Role == User {
			return message.Text()
		}
	}
	return ""
}
