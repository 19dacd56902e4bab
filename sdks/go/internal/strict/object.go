// Package strict reads bytes from outside without mercy: base64url and JSON in exactly one form, and members of the type they
// must have. It must not know what is in them.
package strict

import (
	"encoding/base64"
	"errors"
	"math"
	"strings"
)

// ErrMalformed says that bytes are not what they should be. It carries none of them.
var ErrMalformed = errors.New("malformed")

// Object is a JSON object as it was read. Numbers are float64.
type Object map[string]any

var encoding = base64.RawURLEncoding.Strict()

// Encode is base64url without padding.
func Encode(data []byte) string {
	return base64.RawURLEncoding.EncodeToString(data)
}

// Decode is the reverse. It refuses padding, other characters (line breaks too) and bits left over in the last character.
func Decode(text string) ([]byte, error) {
	if hasLineBreak(text) {
		return nil, ErrMalformed
	}
	data, err := encoding.DecodeString(text)
	if err != nil {
		return nil, ErrMalformed
	}
	return data, nil
}

// hasLineBreak says whether the decoder would pass over something.
func hasLineBreak(text string) bool {
	return strings.IndexByte(text, '\n') >= 0 || strings.IndexByte(text, '\r') >= 0
}

// A Reader reads members of an object. What is there with a wrong type is remembered as an error, and never "absent".
type Reader struct {
	object Object
	wrong  bool
}

// Read begins to read members.
func Read(object Object) *Reader {
	return &Reader{object: object}
}

// Err says whether a member that was read had the wrong type.
func (r *Reader) Err() error {
	if r.wrong {
		return ErrMalformed
	}
	return nil
}

// Text is a member that is a text, and whether it is there.
func (r *Reader) Text(name string) (string, bool) {
	return member[string](r, name)
}

// Number is a member that is a finite number, and whether it is there.
func (r *Reader) Number(name string) (float64, bool) {
	number, ok := member[float64](r, name)
	if math.IsInf(number, 0) || math.IsNaN(number) {
		r.wrong = true
	}
	return number, ok
}

// Object is a member that is an object, and whether it is there.
func (r *Reader) Object(name string) (Object, bool) {
	object, ok := member[map[string]any](r, name)
	return object, ok
}

// Texts is a member that is a list of texts, and whether it is there.
func (r *Reader) Texts(name string) ([]string, bool) {
	list, ok := member[[]any](r, name)
	if !ok {
		return nil, false
	}
	texts := make([]string, len(list))
	for at, one := range list {
		text, isText := one.(string)
		if !isText {
			r.wrong = true
		}
		texts[at] = text
	}
	return texts, true
}

// TextOrTexts is a member that is a text or a list of texts, as a list, and whether it is there.
func (r *Reader) TextOrTexts(name string) ([]string, bool) {
	if text, ok := r.object[name].(string); ok {
		return []string{text}, true
	}
	return r.Texts(name)
}

func member[T any](r *Reader, name string) (T, bool) {
	var none T
	value, isThere := r.object[name]
	if !isThere {
		return none, false
	}
	typed, ok := value.(T)
	if !ok {
		r.wrong = true
		return none, false
	}
	return typed, true
}

// Fail notes the error of an object within.
func (r *Reader) Fail(err error) {
	if err != nil {
		r.wrong = true
	}
}

// Clone is a copy of which no part is the original's.
func Clone(object Object) Object {
	own := make(Object, len(object))
	for name, value := range object {
		own[name] = cloned(value)
	}
	return own
}

func cloned(value any) any {
	switch value := value.(type) {
	case map[string]any:
		return map[string]any(Clone(value))
	case []any:
		own := make([]any, len(value))
		for at, one := range value {
			own[at] = cloned(one)
		}
		return own
	}
	return value
}
