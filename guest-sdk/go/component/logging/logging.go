//go:build wasip1

// Package logging sends what log/slog is told to the host. `palisade build` adds it to programs that use log/slog.
package logging

import (
	"context"
	"log/slog"
	"strings"

	"palisade/internal/component/convert"
	log "palisade/internal/component/palisade_provider_log"
)

func init() {
	slog.SetDefault(slog.New(&handler{}))
}

// handler sends what is logged to the host, with its level.
type handler struct {
	before string
	groups string
}

func (*handler) Enabled(context.Context, slog.Level) bool {
	return true
}

func (own *handler) Handle(_ context.Context, record slog.Record) error {
	var text strings.Builder
	text.WriteString(record.Message)
	text.WriteString(own.before)
	record.Attrs(func(attribute slog.Attr) bool {
		write(&text, own.groups, attribute)
		return true
	})
	log.Log(level(record.Level), convert.Text(text.String()))
	return nil
}

func (own *handler) WithAttrs(attributes []slog.Attr) slog.Handler {
	var text strings.Builder
	text.WriteString(own.before)
	for _, attribute := range attributes {
		write(&text, own.groups, attribute)
	}
	return &handler{text.String(), own.groups}
}

func (own *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return own
	}
	return &handler{own.before, own.groups + name + "."}
}

func write(text *strings.Builder, groups string, attribute slog.Attr) {
	value := attribute.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		for _, inner := range value.Group() {
			write(text, groups+attribute.Key+".", inner)
		}
		return
	}
	text.WriteString(" " + groups + attribute.Key + "=" + value.String())
}

func level(level slog.Level) log.Level {
	switch {
	case level >= slog.LevelError:
		return log.LevelError
	case level >= slog.LevelWarn:
		return log.LevelWarn
	case level >= slog.LevelInfo:
		return log.LevelInfo
	case level >= slog.LevelDebug:
		return log.LevelDebug
	}
	return log.LevelTrace
}
