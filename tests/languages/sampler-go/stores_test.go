package main

import (
	"strings"
	"testing"

	"palisade/stores"
)

func TestStoresAreDeniedOutsideOfAComponent(test *testing.T) {
	for _, kind := range []string{"values", "vectors", "objects", "queue", "database"} {
		if _, err := askStores(kind); caseOf(err) != "denied" || !strings.Contains(err.Error(), "in the sandbox only") {
			test.Errorf("%s: %v", kind, err)
		}
	}
	if lent := stores.Lent(); len(lent) != 0 {
		test.Errorf("%v are lent", lent)
	}
}
