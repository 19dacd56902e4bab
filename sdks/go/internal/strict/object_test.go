package strict_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

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

var bad = []string{
	``, `null`, `[]`, `1`, `{`, `{}x`, "{\"a\":\"\xff\"}", `{"a":1e999}`, `{"a":1,"a":2}`, `{"a":{"b":1,"b":1}}`,
	`{"a":[{"b":1,"b":1}]}`, `{"a":1,"\u0061":2}`, `{"a":NaN}`, `{'a':1}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"a":1 "b":2}`,
	`{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":01}`, `{"a":-}`, `{"a":+1}`, `{"a":.5}`, `{"a":1.}`, `{"a":1e}`, `{"a":0x1}`,
	`{"a":1_0}`, `{"a":tru}`, `{"a":nulll}`, "{\"a\":\"\n\"}", `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\u12g4"}`, `{"a":"`, `{"a":"\`,
	`{"a":"\ud800"}`, `{"a":"\udc00\ud800"}`, `{"a":"\ud800\u0041"}`, "\ufeff{}", "{}\x00", `{a:1}`, `{"a":1}{}`, `{1:2}`,
	`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, strings.Repeat(`{"a":`, 9000),
}

var good = []string{
	`{}`, ` {"a":":\":","b":[{"a":":"},{"a":":"}],"A":{"a":1}} `, `{"":{"":0}}`, "{\t\"a\" :\r\n[ ] , \"b\": { } }",
	`{"a":[true,false,null,0,-0,-1,12,1.5,1e3,1E-3,-1.25e+2,123456789012345,1234567890123456789,0.1]}`,
	`{"a":"\"\\\/\b\f\n\r\té\u00E9\u0000\ud83d\ude00é"}`, `{"exp":253402300799,"iat":0}`,
	`{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`,
}

func TestJSONHasOneForm(t *testing.T) {
	for _, text := range bad {
		if object, err := strict.Parse([]byte(text)); err == nil {
			t.Errorf("%q was taken for %v", text, object)
		}
	}
	for _, text := range good {
		object, err := strict.Parse([]byte(text))
		if err != nil {
			t.Errorf("%q was refused", text)
		}
		agree(t, []byte(text), object, err)
	}
}

func TestObjectsInBase64AreRead(t *testing.T) {
	for _, length := range []int{0, 700, 900, 5000} {
		text := `{"a":"` + strings.Repeat("x", length) + `"}`
		object, err := strict.ParseEncoded(strict.Encode([]byte(text)))
		if err != nil || len(object["a"].(string)) != length {
			t.Error(length, object, err)
		}
	}
	for _, text := range []string{"e30=", "e30\n", "e31", "e+0", "", "W10"} {
		if object, err := strict.ParseEncoded(text); err == nil {
			t.Errorf("%q was taken for %v", text, object)
		}
	}
}

// Half of a surrogate pair, of which encoding/json makes another character, and depth, of which it allows more.
var (
	half = regexp.MustCompile(`\\u[dD][89a-fA-F]`)
	deep = 32
)

// agree holds what was read to what encoding/json reads, and counts members in the text.
func agree(t *testing.T, data []byte, object strict.Object, err error) {
	t.Helper()
	var other map[string]any
	isGood := utf8.Valid(data) && json.Unmarshal(data, &other) == nil && other != nil && written(data) == kept(other)
	isOwn := half.Match(data) || strings.Count(string(data), "[")+strings.Count(string(data), "{") > deep
	if isGood != (err == nil) && !(isOwn && err != nil) {
		t.Fatalf("%q: good is %v, said %v", data, isGood, err)
	}
	if err == nil && !reflect.DeepEqual(map[string]any(object), other) {
		t.Fatalf("%q: %v is not %v", data, object, other)
	}
}

// written counts the members of valid JSON: each has one colon outside of texts.
func written(data []byte) int {
	count, inText := 0, false
	for at := 0; at < len(data); at++ {
		switch {
		case inText && data[at] == '\\':
			at++
		case data[at] == '"':
			inText = !inText
		case data[at] == ':' && !inText:
			count++
		}
	}
	return count
}

func kept(value any) int {
	count := 0
	switch value := value.(type) {
	case map[string]any:
		count = len(value)
		for _, member := range value {
			count += kept(member)
		}
	case []any:
		for _, member := range value {
			count += kept(member)
		}
	}
	return count
}

func TestEveryTextIsReadAsTheStandardLibraryReadsIt(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	bytes := []byte(`{}[]",:\ntrueab01.-+eEu/ ` + "\xc3\xa9\x00\t")
	texts := append(append([]string{}, good...), bad[:len(bad)-2]...)
	for range 200_000 {
		data := []byte(texts[random.IntN(len(texts))])
		for range 1 + random.IntN(3) {
			at := random.IntN(len(data) + 1)
			switch random.IntN(3) {
			case 0:
				data = append(data[:at:at], append([]byte{bytes[random.IntN(len(bytes))]}, data[at:]...)...)
			case 1:
				if at < len(data) {
					data[at] = bytes[random.IntN(len(bytes))]
				}
			default:
				end := min(len(data), at+random.IntN(4))
				data = append(data[:at:at], data[end:]...)
			}
		}
		object, err := strict.Parse(data)
		agree(t, data, object, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range append(good, bad...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		object, err := strict.Parse(data)
		agree(t, data, object, err)
	})
}
