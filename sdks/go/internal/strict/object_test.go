package strict_test

import (
	"testing"

	"grantd.example/grantd/internal/strict"
)

func TestBase64HasOneForm(t *testing.T) {
	for _, text := range []string{"QQ==", "QR", "Q", "Q Q", "QQ\n", "Q\rQ", "+/", "Q.", "é"} {
		if data, err := strict.Decode(text); err == nil {
			t.Errorf("%q was taken for %v", text, data)
		}
	}
	if data, err := strict.Decode("-_8"); err != nil || len(data) != 2 {
		t.Error(data, err)
	}
}

func TestJSONHasOneForm(t *testing.T) {
	bad := []string{
		``, `null`, `[]`, `1`, `{`, `{}x`, "{\"a\":\"\xff\"}", `{"a":1e999}`, `{"a":1,"a":2}`, `{"a":{"b":1,"b":1}}`,
		`{"a":[{"b":1,"b":1}]}`, `{"a":1,"\u0061":2}`, `{"a":NaN}`, `{'a':1}`, `{"a":1,}`,
	}
	for _, text := range bad {
		if object, err := strict.Parse([]byte(text)); err == nil {
			t.Errorf("%q was taken for %v", text, object)
		}
	}
	for _, text := range []string{`{}`, ` {"a":":\":","b":[{"a":":"},{"a":":"}],"A":{"a":1}} `, `{"":{"":0}}`} {
		if _, err := strict.Parse([]byte(text)); err != nil {
			t.Errorf("%q was refused", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":"\":"}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if object, err := strict.Parse(data); err == nil && object == nil {
			panic("neither an object nor an error")
		}
	})
}
