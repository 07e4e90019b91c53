// Package registry holds what a program serves, between its functions Handle and the host.
package registry

// Provider is the *palisade.Provider of the program.
var Provider any

var handlers = map[string]any{}

// Set says who handles an interface.
func Set(name string, handler any) {
	handlers[name] = handler
}

// Handler is who handles an interface; nil where nobody does.
func Handler(name string) any {
	return handlers[name]
}

// Names are those of the interfaces that somebody handles.
func Names() []string {
	var names []string
	for name := range handlers {
		names = append(names, name)
	}
	return names
}
