// Package keyvalue keeps small values of the provider between its calls, where the operator has granted room for them.
package keyvalue

import "palisade/internal/host"

// Get gives a value, and whether there is one.
func Get(key string) (value []byte, found bool, err error) {
	return host.Current.Value(key)
}

// Set keeps a value of at most 1 MiB, in the place of the one before.
func Set(key string, value []byte) error {
	return host.Current.SetValue(key, value)
}

// Delete forgets a value; nothing where there is none.
func Delete(key string) error {
	return host.Current.DeleteValue(key)
}

// Keys are those that begin with a prefix, in ascending order, at most 1000: the first ones, or those after the last one of the page before.
func Keys(prefix, after string) ([]string, error) {
	return host.Current.Values(prefix, after)
}
