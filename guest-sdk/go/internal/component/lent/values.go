//go:build wasip1

package lent

import (
	"time"

	"palisade/internal/component/convert"
	values "palisade/internal/component/palisade_provider_key_value_stores"
	wit "palisade/internal/wit/types"
	"palisade/stores"
)

func (component) KeptValues(store string, keys []string) ([]*stores.Kept, error) {
	kept, err := answer(values.Get(convert.Text(store), convert.Texts(keys)))
	return eachOrNil(kept, func(kept values.Kept) stores.Kept {
		return stores.Kept{Value: kept.Value, Version: kept.Version, ExpiresIn: duration(kept.ExpiresInMs)}
	}), err
}

func (component) SetValues(store string, entries []stores.Entry) ([]uint64, error) {
	versions, err := answer(values.Set(convert.Text(store), each(entries, func(entry stores.Entry) values.Entry {
		raw := values.Entry{Key: convert.Text(entry.Key), Value: entry.Value, TtlMs: optionalTime(entry.TTL)}
		switch {
		case entry.OnlyIfAbsent:
			raw.OnlyIf = wit.Some(values.MakeConditionAbsent())
		case entry.OnlyIfVersion != 0:
			raw.OnlyIf = wit.Some(values.MakeConditionVersion(entry.OnlyIfVersion))
		}
		return raw
	})))
	return each(versions, func(version wit.Option[uint64]) uint64 { return version.SomeOr(0) }), err
}

func (component) DeleteValues(store string, keys []string) (int, error) {
	return count(values.Delete(convert.Text(store), convert.Texts(keys)))
}

func (component) ValueKeys(store, prefix, after string, limit int) ([]string, error) {
	return answer(values.Keys(convert.Text(store), convert.Text(prefix), convert.OptionalText(after), convert.Count(limit)))
}

func (component) IncrementValue(store, key string, by int64, ttl time.Duration) (int64, error) {
	return answer(values.Increment(convert.Text(store), convert.Text(key), by, optionalTime(ttl)))
}
