//go:build wasip1

// Package component makes a component of a program. `palisade build` adds it: no program imports it.
package component

import (
	// The host that package stores asks.
	_ "palisade/internal/component/lent"
	// The functions that the host calls.
	_ "palisade/internal/component/wit_exports"
	// The host that the services ask.
	_ "palisade/internal/component/within"
	"palisade/internal/registry"
)

// Start checks that what is exported is served, once main has run.
func Start(interfaces ...string) {
	if registry.Provider == nil {
		panic("palisade.Serve was not called in main")
	}
	for _, name := range interfaces {
		if registry.Handler(name) == nil {
			panic("the package for " + name + " is imported, and its function Handle was not called in main")
		}
	}
}
