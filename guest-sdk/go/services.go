package palisade

import "palisade/internal/host"

// Config is a setting of the operator, and whether it is set. One that is no string is JSON.
func Config(key string) (string, bool) {
	return host.Current.Setting(key)
}

// ConfigKeys are those that are set.
func ConfigKeys() []string {
	return host.Current.Settings()
}

// HasCredential says whether the operator has set a credential. It fails where it was not granted.
func HasCredential(name string) (bool, error) {
	return host.Current.HasCredential(name)
}

// Progress tells whoever waits how far the work is, in thousandths, and what is being done. Of a number below 0 and of an empty text nothing is said.
func Progress(permille int, message string) {
	host.Current.Report(permille, message)
}
