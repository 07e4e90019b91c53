package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"palisade"
	"palisade/stores"
)

// askStores asks those that are lent, each kind in its function, and tells what they said. The same is asked in each language.
func askStores(kind string) (any, error) {
	switch kind {
	case "values":
		return values()
	case "vectors":
		return vectors()
	case "objects":
		return objects()
	case "queue":
		return queue()
	case "database":
		return database()
	case "lent":
		all := []any{}
		for _, store := range stores.Lent() {
			all = append(all, []any{store.Name, store.Kind, store.ReadOnly})
		}
		return all, nil
	case "refused":
		_, err := stores.Values("nobody").Get("k")
		return caseOf(err), nil
	case "fill":
		_, err := stores.Values("sessions").Set(stores.Entry{Key: "large", Value: make([]byte, 100000)})
		return nil, err
	}
	_, err := stores.Values("nobody").Get("k")
	if err != nil {
		err = fmt.Errorf("asking nobody: %w", err)
	}
	return nil, err
}

// caseOf is why a store did nothing, also where the error is wrapped.
func caseOf(err error) string {
	var refused *stores.Error
	if !errors.As(fmt.Errorf("asking: %w", err), &refused) || palisade.KindOf(err) != palisade.KindInternal {
		return "otherwise"
	}
	switch refused.Case {
	case stores.Denied:
		return "denied"
	case stores.Invalid:
		return "invalid"
	}
	return "otherwise"
}

// steps gives up at the first error.
type steps struct{ err error }

func did[T any](steps *steps, made T, err error) T {
	steps.err = errors.Join(steps.err, err)
	return made
}

func values() (any, error) {
	var steps steps
	store := stores.Values("sessions")
	written, err := store.Set(stores.Entry{Key: "user/7", Value: []byte("red")}, stores.Entry{Key: "b"})
	if err != nil {
		return nil, err
	}
	refused, err := store.Set(stores.Entry{Key: "user/7", Value: []byte("blue"), OnlyIfAbsent: true})
	did(&steps, refused, err)
	same := stores.Entry{Key: "user/7", Value: []byte("r\x00d"), OnlyIfVersion: written[0], TTL: time.Minute}
	replaced, err := store.Set(same)
	did(&steps, replaced, err)
	kept, err := store.Get("user/7", "none", "b")
	if err != nil {
		return nil, err
	}
	right := string(kept[0].Value) == "r\x00d" && kept[0].Version == replaced[0] && replaced[0] != written[0]
	timed := kept[0].ExpiresIn > 0 && kept[0].ExpiresIn <= time.Minute && kept[2].ExpiresIn == 0
	first, err := store.Increment("visits", 2, 0)
	did(&steps, first, err)
	second, err := store.Increment("visits", -3, 0)
	did(&steps, second, err)
	all, err := store.Keys("", "", 0)
	did(&steps, all, err)
	rest, err := store.Keys("", "b", 1)
	did(&steps, rest, err)
	deleted, err := store.Delete("user/7", "none")
	did(&steps, deleted, err)
	told := []any{right && timed, refused[0] == 0, kept[1] == nil, len(kept[2].Value) == 0, first, second, all, rest, deleted}
	return told, steps.err
}

func vectors() (any, error) {
	var steps steps
	store := stores.Vectors("memory")
	plants := stores.Filter{{Field: "kind", Is: stores.Equal("plant")}}
	written, err := store.Upsert(
		stores.Point{ID: "fox", Vector: []float32{1, 0}, Payload: json.RawMessage(`{"kind": "animal"}`)},
		stores.Point{ID: "oak", Vector: []float32{0, 1}, Payload: json.RawMessage(`{"kind": "plant"}`)},
	)
	did(&steps, written, err)
	near, err := store.Query(stores.Search{Vector: []float32{1, 0}, TopK: 1})
	did(&steps, near, err)
	found, err := store.Query(stores.Search{Vector: []float32{1, 0}, Filter: plants, WithVectors: true})
	did(&steps, found, err)
	points, err := store.Get("fox", "none")
	did(&steps, points, err)
	left, err := store.Count(plants)
	did(&steps, left, err)
	deleted, err := store.Delete("fox", "none")
	did(&steps, deleted, err)
	matching, err := store.DeleteMatching(nil)
	did(&steps, matching, err)
	none, err := store.Count(nil)
	if did(&steps, none, err); steps.err != nil {
		return nil, steps.err
	}
	return []any{
		written,
		[]any{near[0].ID, near[0].Score > 0.99, len(near) == 1 && near[0].Vector == nil},
		[]any{found[0].ID, found[0].Payload, found[0].Vector},
		[]any{points[0].Payload, points[0].Vector[0], points[1]},
		left, deleted, matching, none,
	}, nil
}

func queue() (any, error) {
	var steps steps
	queue := stores.Queue("work")
	write := stores.NewMessage{Body: []byte("write"), DeduplicationKey: "w"}
	sent, err := queue.Send(stores.NewMessage{Body: []byte("draw")}, write)
	did(&steps, sent, err)
	again, err := queue.Send(write, stores.NewMessage{Body: []byte("later"), Delay: time.Minute})
	did(&steps, again, err)
	taken, err := queue.Receive(10, time.Minute)
	if did(&steps, taken, err); steps.err != nil {
		return nil, steps.err
	}
	first, second := taken[0].Receipt, taken[1].Receipt
	var held []bool
	for _, settle := range []func() ([]bool, error){
		func() ([]bool, error) { return queue.Extend(90*time.Second, first) },
		func() ([]bool, error) { return queue.Acknowledge(first) },
		func() ([]bool, error) { return queue.Acknowledge(first) },
		func() ([]bool, error) { return queue.Release(0, second) },
	} {
		still, err := settle()
		held = append(held, did(&steps, still, err)...)
	}
	counts, err := queue.Count()
	did(&steps, counts, err)
	return []any{
		sent[1] == again[0] && len(sent) == 2 && len(taken) == 2,
		[]any{string(taken[0].Body), string(taken[1].Body)}, taken[0].Attempts, held,
		[]any{counts.Ready, counts.Delayed, counts.Leased, counts.Dead},
	}, steps.err
}

func database() (any, error) {
	notes := stores.Database("notes")
	changed, err := notes.Execute(
		stores.SQL("create table n (id integer primary key, text text, x real, b blob, n, i)"),
		stores.SQL("insert into n (text, x, b, n, i) values (?1, ?2, ?3, ?4, ?5)", "red fox", 0.5, []byte{0, 1}, nil, -7),
	)
	if err != nil {
		return nil, err
	}
	rows, err := notes.Query(stores.SQL("select * from n"), 0)
	if err != nil {
		return nil, err
	}
	page, err := notes.Query(stores.SQL("select 1 union select 2"), 1)
	if err != nil {
		return nil, err
	}
	row := rows.Rows[0]
	blob, _ := row[3].([]byte)
	_, changes := notes.Query(stores.SQL("delete from n"), 0)
	if _, err := notes.Query(stores.SQL("select ?1", struct{}{}), 0); caseOf(err) != "invalid" {
		return nil, fmt.Errorf("a structure was taken: %w", err)
	}
	return []any{
		changed, rows.Columns, []any{row[0], row[1], row[2], len(blob) + int(blob[1]), row[4], row[5]},
		[]any{rows.HasMore, page.HasMore && len(page.Rows) == 1}, caseOf(changes),
	}, nil
}

func objects() (any, error) {
	var steps steps
	store := stores.Objects("pictures")
	text := stores.NewObject{Key: "a/fox.txt", Content: palisade.NewMedia("text/plain", []byte("red fox"))}
	first, err := store.Put(text)
	if err != nil {
		return nil, err
	}
	text.OnlyIfAbsent = true
	refused, err := store.Put(text)
	did(&steps, refused, err)
	text.OnlyIfAbsent, text.OnlyIfETag = false, first.ETag
	second, err := store.Put(text)
	did(&steps, second, err)
	whole, err := store.Get("a/fox.txt")
	did(&steps, whole, err)
	part, err := store.GetPart("a/fox.txt", 4, 10)
	did(&steps, part, err)
	missing, err := store.Get("none")
	did(&steps, missing, err)
	film := stores.NewObject{Key: "large", Content: palisade.NewMedia("video/mp4", make([]byte, 3<<20))}
	_, err = store.Put(film)
	did(&steps, film, err)
	large, err := store.Get("large")
	if did(&steps, large, err); steps.err != nil {
		return nil, steps.err
	}
	// What was read can be kept again, wherever it is.
	kept, err := store.Put(stores.NewObject{Key: "copy", Content: large.Content})
	did(&steps, kept, err)
	described, err := store.Describe("a/fox.txt", "none")
	did(&steps, described, err)
	listed, err := store.List("", "a/fox.txt", 0)
	did(&steps, listed, err)
	deleted, err := store.Delete("large", "none")
	did(&steps, deleted, err)
	read := func(object *stores.Object) []byte {
		data, err := object.Content.Bytes()
		return did(&steps, data, err)
	}
	if steps.err != nil {
		return nil, steps.err
	}
	return []any{
		first.Bytes, refused == nil, second != nil && second.Modified.Year() > 2020,
		[]any{string(read(whole)), whole.Content.Type, whole.Description.Bytes},
		string(read(part)), missing,
		len(read(large)), []any{kept.MediaType, kept.Bytes},
		[]any{described[0].MediaType, described[1]},
		[]any{listed[0].Key, listed[1].Key},
		deleted,
	}, steps.err
}
