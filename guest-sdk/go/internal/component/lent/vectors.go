//go:build wasip1

package lent

import (
	"palisade/internal/component/convert"
	vectors "palisade/internal/component/palisade_provider_vector_stores"
	"palisade/stores"
)

func (component) UpsertPoints(store string, points []stores.Point) (int, error) {
	return count(vectors.Upsert(convert.Text(store), each(points, func(point stores.Point) vectors.Point {
		return vectors.Point{Id: convert.Text(point.ID), Vector: point.Vector, Payload: optionalJSON(point.Payload)}
	})))
}

func (component) QueryPoints(store string, search stores.Search, filter string) ([]stores.Found, error) {
	found, err := answer(vectors.Query(convert.Text(store), vectors.Search{
		Vector:      search.Vector,
		TopK:        convert.Count(search.TopK),
		Filter:      convert.OptionalText(filter),
		Exact:       search.Exact,
		WithVectors: search.WithVectors,
	}))
	return each(found, func(found vectors.Found) stores.Found {
		return stores.Found{ID: found.Id, Score: found.Score, Payload: []byte(found.Payload), Vector: found.Vector.SomeOr(nil)}
	}), err
}

func (component) Points(store string, ids []string) ([]*stores.Point, error) {
	points, err := answer(vectors.Get(convert.Text(store), convert.Texts(ids)))
	return eachOrNil(points, func(point vectors.Point) stores.Point {
		return stores.Point{ID: point.Id, Vector: point.Vector, Payload: []byte(point.Payload.SomeOr(""))}
	}), err
}

func (component) DeletePoints(store string, ids []string) (int, error) {
	return count(vectors.Delete(convert.Text(store), convert.Texts(ids)))
}

func (component) DeleteMatchingPoints(store, filter string) (int, error) {
	return count(vectors.DeleteMatching(convert.Text(store), convert.Text(filter)))
}

func (component) CountPoints(store, filter string) (int, error) {
	return count(vectors.Count(convert.Text(store), convert.OptionalText(filter)))
}
