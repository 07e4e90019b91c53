//go:build wasip1

// Package convert goes from the types of the interface to those of the SDK and back.
package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"palisade"
	blobs "palisade/internal/component/palisade_provider_blobs"
	log "palisade/internal/component/palisade_provider_log"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
)

// What is larger goes to the host as a blob: what is inline counts against smaller limits. It is also what the host gives and takes of a blob at
// one time.
const chunk = 1 << 20

// Provider is the one that is served.
func Provider() *palisade.Provider {
	return registry.Provider.(*palisade.Provider)
}

// Text is one that the host takes: it refuses what is no UTF-8.
func Text(text string) string {
	return strings.ToValidUTF8(text, "\uFFFD")
}

// Texts are those that the host takes.
func Texts(texts []string) []string {
	lowered := make([]string, 0, len(texts))
	for _, text := range texts {
		lowered = append(lowered, Text(text))
	}
	return lowered
}

// OptionalText is none where it is empty.
func OptionalText(text string) wit.Option[string] {
	if text == "" {
		return wit.None[string]()
	}
	return wit.Some(Text(text))
}

// Count is none where it is 0 or less.
func Count(count int) wit.Option[uint32] {
	if count <= 0 || count > math.MaxUint32 {
		return wit.None[uint32]()
	}
	return wit.Some(uint32(count))
}

// Optional is none where a pointer is nil.
func Optional[T any](value *T) wit.Option[T] {
	if value == nil {
		return wit.None[T]()
	}
	return wit.Some(*value)
}

// Pointer is nil where there is none.
func Pointer[T any](value wit.Option[T]) *T {
	if value.IsNone() {
		return nil
	}
	some := value.Some()
	return &some
}

// Wide is nil where there is none.
func Wide(value wit.Option[float32]) *float64 {
	if value.IsNone() {
		return nil
	}
	wide := Decimal(value.Some())
	return &wide
}

// Decimal is the shortest number that is the given one in 32 bits: 0.1, and not 0.10000000149.
func Decimal(value float32) float64 {
	// What was just written can be read.
	decimal, _ := strconv.ParseFloat(strconv.FormatFloat(float64(value), 'g', -1, 32), 64)
	return decimal
}

// Call is one of these options.
func Call(raw types.CallOptions) *palisade.Call {
	call := &palisade.Call{
		Model:          raw.Model,
		IdempotencyKey: raw.IdempotencyKey,
		Left:           time.Duration(raw.DeadlineMs) * time.Millisecond,
		Options:        make(map[string]json.RawMessage, len(raw.ProviderOptions)),
		Strict:         raw.Strict,
	}
	for _, option := range raw.ProviderOptions {
		call.Options[option.Key] = json.RawMessage(option.Json)
	}
	return call
}

// Given says of a parameter whether a request has it.
type Given struct {
	Name string
	Is   bool
}

// Unheeded are the parameters that a request has and its model does not list. It fails where the caller is strict.
func Unheeded(call *palisade.Call, given ...Given) ([]string, error) {
	listed, known := Provider().Heeds(call.Model)
	if !known {
		return nil, nil
	}
	var names []string
	for _, parameter := range given {
		if parameter.Is && !slices.Contains(listed, parameter.Name) {
			names = append(names, parameter.Name)
		}
	}
	if len(names) > 0 && call.Strict {
		return nil, palisade.Unsupported(names...)
	}
	return names, nil
}

// Warnings are those of the SDK, but for what the provider has said something of, and then the provider's.
func Warnings(unheeded []string, own []palisade.Warning) []types.Warning {
	warnings := make([]types.Warning, 0, len(unheeded)+len(own))
next:
	for _, name := range unheeded {
		for _, warning := range own {
			if warning.Ignored == name || warning.Adjusted == name {
				continue next
			}
		}
		warnings = append(warnings, types.MakeWarningIgnoredParameter(name))
	}
	for _, warning := range own {
		switch {
		case warning.Ignored != "":
			warnings = append(warnings, types.MakeWarningIgnoredParameter(Text(warning.Ignored)))
		case warning.Adjusted != "":
			pair := wit.Tuple2[string, string]{F0: Text(warning.Adjusted), F1: Text(warning.Used)}
			warnings = append(warnings, types.MakeWarningAdjustedParameter(pair))
		default:
			warnings = append(warnings, types.MakeWarningNote(Text(warning.Note)))
		}
	}
	return warnings
}

// Usage is so much of a unit where nothing was said.
func Usage(usage palisade.Usage, unit string, quantity float64) types.Usage {
	if len(usage.Items) == 0 && unit != "" {
		usage.Items = []palisade.UsageItem{{Unit: unit, Quantity: quantity}}
	}
	items := make([]types.UsageItem, 0, len(usage.Items))
	for _, item := range usage.Items {
		items = append(items, types.UsageItem{Unit: Text(item.Unit), Quantity: item.Quantity})
	}
	return types.Usage{Items: items, ReportedPicoUsd: Optional(usage.PicoUSD)}
}

// Characters are how many a text has.
func Characters(text string) float64 {
	return float64(utf8.RuneCountInString(text))
}

// Media is a file that the host has given. What is stored is read when it is asked for.
func Media(raw types.Media) *palisade.Media {
	if raw.Tag() == types.MediaInline {
		inline := raw.Inline()
		return palisade.NewMedia(inline.MediaType, inline.Data)
	}
	blob := raw.Stored()
	return palisade.MediaFrom(blob.Info().MediaType, Reading(blob))
}

// Medias are files that the host has given.
func Medias(raw []types.Media) []*palisade.Media {
	lifted := make([]*palisade.Media, 0, len(raw))
	for _, each := range raw {
		lifted = append(lifted, Media(each))
	}
	return lifted
}

// OptionalMedia is nil where there is none.
func OptionalMedia(raw wit.Option[types.Media]) *palisade.Media {
	if raw.IsNone() {
		return nil
	}
	return Media(raw.Some())
}

// Contents are texts and files that the host has given.
func Contents(raw []types.Content) []palisade.Content {
	lifted := make([]palisade.Content, 0, len(raw))
	for _, each := range raw {
		if each.Tag() == types.ContentText {
			lifted = append(lifted, palisade.Content{Text: each.Text()})
		} else {
			lifted = append(lifted, palisade.Content{Media: Media(each.Media())})
		}
	}
	return lifted
}

// Size is that of a picture.
func Size(raw types.Dimensions) palisade.Size {
	switch raw.Tag() {
	case types.DimensionsPixels:
		pixels := raw.Pixels()
		return palisade.Size{Width: int(pixels.F0), Height: int(pixels.F1)}
	case types.DimensionsAspect:
		aspect := raw.Aspect()
		return palisade.Size{Width: int(aspect.F0), Height: int(aspect.F1), Ratio: true}
	}
	return palisade.Size{}
}

// blobReader reads what the host keeps.
type blobReader struct {
	blob *blobs.Blob
	at   uint64
	rest []byte
}

// Reading opens what the host keeps.
func Reading(blob *blobs.Blob) func() (io.Reader, error) {
	return func() (io.Reader, error) { return &blobReader{blob: blob}, nil }
}

func (reader *blobReader) Read(into []byte) (int, error) {
	if len(reader.rest) == 0 {
		read := reader.blob.Read(reader.at, chunk)
		if read.IsErr() {
			return 0, BlobFailure(read.Err())
		}
		reader.rest = read.Ok()
		reader.at += uint64(len(reader.rest))
		if len(reader.rest) == 0 {
			return 0, io.EOF
		}
	}
	read := copy(into, reader.rest)
	reader.rest = reader.rest[read:]
	return read, nil
}

// BlobFailure is what an error of the host means for the call.
func BlobFailure(err blobs.BlobError) error {
	switch err.Tag() {
	case blobs.BlobErrorDenied:
		return palisade.Fail(palisade.KindAuth, "%s", err.Denied())
	case blobs.BlobErrorTooLarge:
		return palisade.Fail(palisade.KindInternal, "the file has more than %d bytes", err.TooLarge())
	case blobs.BlobErrorIo:
		return palisade.Fail(palisade.KindInternal, "the file cannot be read or written: %s", err.Io())
	}
	return palisade.Fail(palisade.KindInternal, "the file is not there")
}

// LowerMedia gives a file to the host, a large one in pieces.
func LowerMedia(media *palisade.Media) (types.Media, error) {
	var none types.Media
	if media == nil {
		return none, errors.New("a file of the answer is missing")
	}
	reader, err := media.Open()
	if err != nil {
		return none, err
	}
	mediaType, piece := Text(media.Type), make([]byte, 0, 512)
	piece, ended, err := fill(reader, piece)
	if err != nil {
		return none, err
	}
	if ended {
		return types.MakeMediaInline(types.InlineMedia{MediaType: mediaType, Data: piece}), nil
	}
	writer := blobs.MakeBlobWriter(mediaType)
	for len(piece) > 0 {
		if written := writer.Write(piece); written.IsErr() {
			return none, BlobFailure(written.Err())
		}
		if piece, ended, err = fill(reader, piece[:0]); err != nil {
			return none, err
		}
	}
	finished := blobs.BlobWriterFinish(writer)
	if finished.IsErr() {
		return none, BlobFailure(finished.Err())
	}
	return types.MakeMediaStored(finished.Ok()), nil
}

// fill reads a chunk, or all the rest where that is less: then it has ended.
func fill(reader io.Reader, into []byte) (piece []byte, ended bool, err error) {
	for len(into) < chunk {
		if len(into) == cap(into) {
			into = append(into, 0)[:len(into)]
		}
		read, err := reader.Read(into[len(into):min(cap(into), chunk)])
		into = into[:len(into)+read]
		if err == io.EOF {
			return into, true, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	return into, false, nil
}

// LowerMedias gives files to the host.
func LowerMedias(media []*palisade.Media) ([]types.Media, error) {
	lowered := make([]types.Media, 0, len(media))
	for _, each := range media {
		raw, err := LowerMedia(each)
		if err != nil {
			return nil, err
		}
		lowered = append(lowered, raw)
	}
	return lowered, nil
}

// LowerImage gives a picture to the host.
func LowerImage(image palisade.Image) (types.Image, error) {
	content, err := LowerMedia(image.Content)
	if err != nil {
		return types.Image{}, err
	}
	return types.Image{
		Content:       content,
		Width:         Count(image.Width),
		Height:        Count(image.Height),
		Seed:          Optional(image.Seed),
		RevisedPrompt: OptionalText(image.RevisedPrompt),
	}, nil
}

// LowerImages gives pictures to the host.
func LowerImages(images []palisade.Image) ([]types.Image, error) {
	lowered := make([]types.Image, 0, len(images))
	for _, image := range images {
		raw, err := LowerImage(image)
		if err != nil {
			return nil, err
		}
		lowered = append(lowered, raw)
	}
	return lowered, nil
}

// Guard runs what an author wrote. What panics is an error, and its stack is in the log.
func Guard(run func() error) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			log.Log(log.LevelError, Text(fmt.Sprintf("panic: %v\n%s", panicked, debug.Stack())))
			err = palisade.Fail(palisade.KindInternal, "panic: %v", panicked)
		}
	}()
	return run()
}

// Much is how many bytes of garbage an instance may gather. Go waits until there are four megabytes, and an instance that serves many calls would seem
// to grow with each.
const much = 256 << 10

var memory struct {
	now       runtime.MemStats
	allocated uint64
}

// settle collects what calls have left behind, once there is much of it.
func settle() {
	runtime.ReadMemStats(&memory.now)
	if memory.allocated == 0 {
		// The first call: there is nothing of another.
		memory.allocated = memory.now.TotalAlloc
	}
	if memory.now.TotalAlloc-memory.allocated > much {
		runtime.GC()
		memory.allocated = memory.now.TotalAlloc
	}
}

// Answer runs what an author wrote and gives what the host is told of it.
func Answer[T any](run func() (T, error)) wit.Result[T, types.Failure] {
	settle()
	return Piece(run)
}

// Piece does so for a piece of an answer.
func Piece[T any](run func() (T, error)) wit.Result[T, types.Failure] {
	var made T
	err := Guard(func() (err error) {
		made, err = run()
		return err
	})
	if err != nil {
		return wit.Err[T](Failure(err))
	}
	return wit.Ok[T, types.Failure](made)
}
