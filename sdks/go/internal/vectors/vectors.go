// Package vectors finds what all of grantd's SDKs must say to the same input, for tests alone.
package vectors

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Directory is where they are: in the repository, unless GRANTD_VECTORS says otherwise.
func Directory() string {
	if named := os.Getenv("GRANTD_VECTORS"); named != "" {
		return named
	}
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "../../../../spec/vectors")
}

// Read reads one file of them.
func Read(t testing.TB, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(Directory(), name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(name, err)
	}
}
