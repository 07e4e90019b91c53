package stores

import "time"

// A KeyValueStore is one of values under keys, for as long as they are wanted: sessions, caches, counters, locks.
type KeyValueStore struct {
	name string
}

// Values is the store of values that is lent by this name.
func Values(name string) KeyValueStore {
	return KeyValueStore{name}
}

// An Entry is a value to keep.
type Entry struct {
	// Key is under which. Each once.
	Key   string
	Value []byte
	// TTL is how long until it is forgotten; 0 keeps it.
	TTL time.Duration
	// OnlyIfAbsent has it written only where there is none.
	OnlyIfAbsent bool
	// OnlyIfVersion has it written only in the place of this version; 0 for any.
	OnlyIfVersion uint64
}

// A Kept is a value that is kept.
type Kept struct {
	Value []byte
	// Version is another one with each change, never 0.
	Version uint64
	// ExpiresIn is how long until it is forgotten; 0 when it is kept.
	ExpiresIn time.Duration
}

// Get reads values: for each key its own, nil where there is none.
func (store KeyValueStore) Get(keys ...string) ([]*Kept, error) {
	asked, err := within[interface {
		KeptValues(string, []string) ([]*Kept, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.KeptValues(store.name, keys)
}

// Set writes values. It gives for each the version that was written, 0 where its condition did not hold.
func (store KeyValueStore) Set(entries ...Entry) ([]uint64, error) {
	asked, err := within[interface {
		SetValues(string, []Entry) ([]uint64, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.SetValues(store.name, entries)
}

// Delete forgets values. It gives how many there were.
func (store KeyValueStore) Delete(keys ...string) (int, error) {
	asked, err := within[interface {
		DeleteValues(string, []string) (int, error)
	}]()
	if err != nil {
		return 0, err
	}
	return asked.DeleteValues(store.name, keys)
}

// Keys are those that begin with a prefix, in ascending order, at most so many, 1000 where it is 0: the first ones, or those after the last
// one of the page before.
func (store KeyValueStore) Keys(prefix, after string, limit int) ([]string, error) {
	asked, err := within[interface {
		ValueKeys(name, prefix, after string, limit int) ([]string, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.ValueKeys(store.name, prefix, after, limit)
}

// Increment adds to a number, which is 0 where there is none, and gives the sum. Where it is new, it is forgotten after a time, unless that
// is 0.
func (store KeyValueStore) Increment(key string, by int64, ttl time.Duration) (int64, error) {
	asked, err := within[interface {
		IncrementValue(name, key string, by int64, ttl time.Duration) (int64, error)
	}]()
	if err != nil {
		return 0, err
	}
	return asked.IncrementValue(store.name, key, by, ttl)
}
