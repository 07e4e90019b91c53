package stores

import (
	"time"

	"palisade"
)

// An ObjectStore is one of files under keys: pictures, sounds and documents.
type ObjectStore struct {
	name string
}

// Objects is the store of files that is lent by this name.
func Objects(name string) ObjectStore {
	return ObjectStore{name}
}

// A NewObject is a file to keep.
type NewObject struct {
	// Key has parts that are separated by /, of which none is empty, . or ..
	Key     string
	Content *palisade.Media
	// OnlyIfAbsent has it written only where there is none.
	OnlyIfAbsent bool
	// OnlyIfETag has it written only in the place of that with this tag; an empty one for any.
	OnlyIfETag string
}

// A Description is what is known of a file that is kept.
type Description struct {
	Key       string
	Bytes     int64
	MediaType string
	// ETag is another one with each content.
	ETag string
	// Modified is when it was written.
	Modified time.Time
}

// An Object is a file that was read.
type Object struct {
	// Content is what was asked for.
	Content *palisade.Media
	// Description is that of the whole.
	Description Description
}

// Put writes a file, in the place of the one before. It gives what was written, nil where the condition did not hold.
func (store ObjectStore) Put(object NewObject) (*Description, error) {
	asked, err := within[interface {
		PutObject(string, NewObject) (*Description, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.PutObject(store.name, object)
}

// Get reads a file; nil where there is none.
func (store ObjectStore) Get(key string) (*Object, error) {
	asked, err := within[interface {
		Object(name, key string) (*Object, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.Object(store.name, key)
}

// GetPart reads a part of a file, from an offset, of a length of at least 1; nil where there is no file. What is beyond its end is not there.
func (store ObjectStore) GetPart(key string, offset, length int64) (*Object, error) {
	asked, err := within[interface {
		PartOfObject(name, key string, offset, length uint64) (*Object, error)
	}]()
	if err != nil {
		return nil, err
	}
	if offset < 0 || length < 1 {
		return nil, &Error{Invalid, "range: it begins before the file, or is empty"}
	}
	return asked.PartOfObject(store.name, key, uint64(offset), uint64(length))
}

// Describe tells of files, without their bytes: of each key, nil where there is none.
func (store ObjectStore) Describe(keys ...string) ([]*Description, error) {
	asked, err := within[interface {
		DescribeObjects(string, []string) ([]*Description, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.DescribeObjects(store.name, keys)
}

// Delete forgets files. It gives how many there were.
func (store ObjectStore) Delete(keys ...string) (int, error) {
	asked, err := within[interface {
		DeleteObjects(string, []string) (int, error)
	}]()
	if err != nil {
		return 0, err
	}
	return asked.DeleteObjects(store.name, keys)
}

// List gives the files whose keys begin with a prefix, as [KeyValueStore.Keys] gives keys.
func (store ObjectStore) List(prefix, after string, limit int) ([]Description, error) {
	asked, err := within[interface {
		ListObjects(name, prefix, after string, limit int) ([]Description, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.ListObjects(store.name, prefix, after, limit)
}
