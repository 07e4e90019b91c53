package stores

import "encoding/json"

// A VectorStore is one of vectors, found by what is near to them.
type VectorStore struct {
	name string
}

// Vectors is the store of vectors that is lent by this name.
func Vectors(name string) VectorStore {
	return VectorStore{name}
}

// A Point is a vector with what belongs to it.
type Point struct {
	ID     string
	Vector []float32
	// Payload is what else is known of it, a JSON object; nil for an empty one.
	Payload json.RawMessage
}

// A Search says what to find.
type Search struct {
	// Vector is what is to be near.
	Vector []float32
	// TopK is how many of the nearest; 0 for 10.
	TopK int
	// Filter is what holds of them; nil for all.
	Filter Filter
	// Exact has every point looked at, rather than those that an index leads to.
	Exact bool
	// WithVectors has the vectors told.
	WithVectors bool
}

// A Filter is a list of conditions, all of which hold.
type Filter []Condition

// A Condition is what holds of a field of a payload, for example author.name.
type Condition struct {
	Field string `json:"field"`
	Is    Check  `json:"is"`
}

// A Check is what holds of a value: [Equal] and its like make one.
type Check map[string]any

// Equal holds of this value.
func Equal(value any) Check { return Check{"equal": value} }

// NotEqual holds of any other value.
func NotEqual(value any) Check { return Check{"not-equal": value} }

// OneOf holds of each of these values.
func OneOf(values ...any) Check { return Check{"one-of": values} }

// Contains holds of a list with this value.
func Contains(value any) Check { return Check{"contains": value} }

// Less holds of what is less than this.
func Less(value any) Check { return Check{"less": value} }

// AtMost holds of what is not greater than this.
func AtMost(value any) Check { return Check{"at-most": value} }

// Greater holds of what is greater than this.
func Greater(value any) Check { return Check{"greater": value} }

// AtLeast holds of what is not less than this.
func AtLeast(value any) Check { return Check{"at-least": value} }

// Exists says whether there is such a field.
func Exists(exists bool) Check { return Check{"exists": exists} }

func (filter Filter) json() (string, error) {
	text, err := json.Marshal(filter)
	if err != nil {
		return "", &Error{Invalid, "the filter is not JSON: " + err.Error()}
	}
	return string(text), nil
}

// A Found is a point that was found.
type Found struct {
	ID string
	// Score is how near it is, higher is nearer; comparable within one store.
	Score float32
	// Payload is what else is known of it, a JSON object.
	Payload json.RawMessage
	// Vector is nil where it was not asked for.
	Vector []float32
}

// Upsert writes points, in the place of those of the same ids, all of them in one go. It gives how many.
func (store VectorStore) Upsert(points ...Point) (int, error) {
	asked, err := within[interface {
		UpsertPoints(string, []Point) (int, error)
	}]()
	if err != nil {
		return 0, err
	}
	return asked.UpsertPoints(store.name, points)
}

// Query finds the points that are nearest, nearest first.
func (store VectorStore) Query(search Search) ([]Found, error) {
	asked, err := within[interface {
		QueryPoints(name string, search Search, filter string) ([]Found, error)
	}]()
	if err != nil {
		return nil, err
	}
	filter := ""
	if search.Filter != nil {
		if filter, err = search.Filter.json(); err != nil {
			return nil, err
		}
	}
	return asked.QueryPoints(store.name, search, filter)
}

// Get reads points: for each id its own, nil where there is none.
func (store VectorStore) Get(ids ...string) ([]*Point, error) {
	asked, err := within[interface {
		Points(string, []string) ([]*Point, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.Points(store.name, ids)
}

// Delete forgets points. It gives how many there were.
func (store VectorStore) Delete(ids ...string) (int, error) {
	asked, err := within[interface {
		DeletePoints(string, []string) (int, error)
	}]()
	if err != nil {
		return 0, err
	}
	return asked.DeletePoints(store.name, ids)
}

// DeleteMatching forgets the points of which this holds; all where it is empty. It gives how many there were.
func (store VectorStore) DeleteMatching(filter Filter) (int, error) {
	asked, err := within[interface {
		DeleteMatchingPoints(name, filter string) (int, error)
	}]()
	if err != nil {
		return 0, err
	}
	if filter == nil {
		filter = Filter{}
	}
	conditions, err := filter.json()
	if err != nil {
		return 0, err
	}
	return asked.DeleteMatchingPoints(store.name, conditions)
}

// Count counts the points of which this holds; all of them where it is nil.
func (store VectorStore) Count(filter Filter) (int, error) {
	asked, err := within[interface {
		CountPoints(name, filter string) (int, error)
	}]()
	if err != nil {
		return 0, err
	}
	conditions := ""
	if filter != nil {
		if conditions, err = filter.json(); err != nil {
			return 0, err
		}
	}
	return asked.CountPoints(store.name, conditions)
}
