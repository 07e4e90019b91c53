package chat

import (
	"strings"
	"unicode/utf8"

	"palisade"
)

// A FinishReason is why an answer ended. Any other word than those here is a reason too.
type FinishReason string

const (
	Stop          FinishReason = ""               // It was complete, or a stop text came.
	Length        FinishReason = "length"         // The limit of tokens was reached.
	ToolCalls     FinishReason = "tool-calls"     // The model waits for its tools.
	ContentPolicy FinishReason = "content-policy" // The rest was withheld.
)

// A ToolCallDelta is a piece of a tool call: Index counts the calls of the answer, and ID and Name come with its first piece.
type ToolCallDelta struct {
	Index    int
	ID, Name string
	// Arguments are more of the JSON of the arguments.
	Arguments string
}

// An Event is a piece of an answer: of its text, of its reasoning, or of a tool call.
type Event struct {
	Text, Reasoning string
	ToolCall        *ToolCallDelta
}

// A Writer takes the pieces of an answer. It is an [io.Writer], so that fmt.Fprintf writes to it: each call is a piece of the text.
type Writer struct {
	yield      func(Event) bool
	cancelled  bool
	rest       []byte
	characters int
	reason     FinishReason
}

// NewWriter gives each piece to a function, which says whether there is to be another.
func NewWriter(yield func(Event) bool) *Writer {
	return &Writer{yield: yield}
}

// Write adds a piece of the text. Where it ends within a character, that comes with the next piece.
func (writer *Writer) Write(text []byte) (int, error) {
	whole := append(writer.rest, text...)
	end := len(whole)
	for back := 1; back < utf8.UTFMax && back <= len(whole); back++ {
		if start := len(whole) - back; utf8.RuneStart(whole[start]) {
			if !utf8.FullRune(whole[start:]) {
				end = start
			}
			break
		}
	}
	writer.rest = append([]byte(nil), whole[end:]...)
	if end == 0 {
		return len(text), nil
	}
	return len(text), writer.put(string(whole[:end]))
}

// WriteString adds a piece of the text.
func (writer *Writer) WriteString(text string) (int, error) {
	return writer.Write([]byte(text))
}

// Say adds a piece of the text.
func (writer *Writer) Say(text string) error {
	_, err := writer.WriteString(text)
	return err
}

// Reason adds a piece of the reasoning.
func (writer *Writer) Reason(text string) error {
	return writer.send(Event{Reasoning: text})
}

// CallTool adds a piece of a tool call.
func (writer *Writer) CallTool(piece ToolCallDelta) error {
	return writer.send(Event{ToolCall: &piece})
}

// Finish says why the answer ends, where it is not that it is complete.
func (writer *Writer) Finish(reason FinishReason) {
	writer.reason = reason
}

// end writes what was held back, since the rest of a character may have come.
func (writer *Writer) end() {
	if len(writer.rest) > 0 {
		// There is nobody left to hear of it, where it fails.
		_ = writer.put(string(writer.rest))
		writer.rest = nil
	}
}

// Run has a handler answer, up to its end, and says why it ended and how many characters of text there are.
func Run(handler Handler, call *palisade.Call, request *Request, yield func(Event) bool) (FinishReason, int, error) {
	writer := NewWriter(yield)
	if err := handler(call, request, writer); err != nil {
		return Stop, 0, err
	}
	writer.end()
	if writer.cancelled {
		return Stop, 0, palisade.ErrCancelled
	}
	return writer.reason, writer.characters, nil
}

func (writer *Writer) put(text string) error {
	text = strings.ToValidUTF8(text, "\uFFFD")
	writer.characters += utf8.RuneCountInString(text)
	return writer.send(Event{Text: text})
}

func (writer *Writer) send(event Event) error {
	if writer.cancelled || !writer.yield(event) {
		writer.cancelled = true
		return palisade.ErrCancelled
	}
	return nil
}

// An Answer is a whole one.
type Answer struct {
	Text, Reasoning string
	ToolCalls       []ToolCall
	Reason          FinishReason
}

// Collect has a handler answer and gives the whole answer, for tests.
func Collect(handler Handler, call *palisade.Call, request *Request) (*Answer, error) {
	answer := &Answer{}
	reason, _, err := Run(handler, call, request, func(event Event) bool {
		answer.Text += event.Text
		answer.Reasoning += event.Reasoning
		if piece := event.ToolCall; piece != nil {
			for len(answer.ToolCalls) <= piece.Index {
				answer.ToolCalls = append(answer.ToolCalls, ToolCall{})
			}
			whole := &answer.ToolCalls[piece.Index]
			whole.ID += piece.ID
			whole.Name += piece.Name
			whole.Arguments = append(whole.Arguments, piece.Arguments...)
		}
		return true
	})
	answer.Reason = reason
	return answer, err
}
