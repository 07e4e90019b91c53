//go:build wasip1

package lent

import (
	"math"
	"time"

	"palisade/internal/component/convert"
	objects "palisade/internal/component/palisade_provider_object_stores"
	wit "palisade/internal/wit/types"
	"palisade/stores"
)

func (component) PutObject(store string, object stores.NewObject) (*stores.Description, error) {
	content, err := convert.LowerMedia(object.Content)
	if err != nil {
		return nil, err
	}
	onlyIf := wit.None[objects.Condition]()
	switch {
	case object.OnlyIfAbsent:
		onlyIf = wit.Some(objects.MakeConditionAbsent())
	case object.OnlyIfETag != "":
		onlyIf = wit.Some(objects.MakeConditionEtag(convert.Text(object.OnlyIfETag)))
	}
	written, err := answer(objects.Put(convert.Text(store), convert.Text(object.Key), content, onlyIf))
	if err != nil || written.IsNone() {
		return nil, err
	}
	made := described(written.Some())
	return &made, nil
}

func (component) Object(store, key string) (*stores.Object, error) {
	return read(store, key, wit.None[objects.Range]())
}

func (component) PartOfObject(store, key string, offset, length uint64) (*stores.Object, error) {
	return read(store, key, wit.Some(objects.Range{Offset: offset, Length: length}))
}

func read(store, key string, part wit.Option[objects.Range]) (*stores.Object, error) {
	object, err := answer(objects.Get(convert.Text(store), convert.Text(key), part))
	if err != nil || object.IsNone() {
		return nil, err
	}
	found := object.Some()
	return &stores.Object{Content: convert.Media(found.Content), Description: described(found.Description)}, nil
}

func (component) DescribeObjects(store string, keys []string) ([]*stores.Description, error) {
	all, err := answer(objects.Describe(convert.Text(store), convert.Texts(keys)))
	return eachOrNil(all, described), err
}

func (component) DeleteObjects(store string, keys []string) (int, error) {
	return count(objects.Delete(convert.Text(store), convert.Texts(keys)))
}

func (component) ListObjects(store, prefix, after string, limit int) ([]stores.Description, error) {
	last, most := convert.OptionalText(after), convert.Count(limit)
	all, err := answer(objects.Objects(convert.Text(store), convert.Text(prefix), last, most))
	return each(all, described), err
}

func described(raw objects.Description) stores.Description {
	return stores.Description{
		Key:       raw.Key,
		Bytes:     int64(raw.Bytes),
		MediaType: raw.MediaType,
		ETag:      raw.Etag,
		Modified:  time.UnixMilli(int64(min(raw.ModifiedMs, math.MaxInt64))),
	}
}
