package strict

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// How deep objects and lists may be within each other; the outermost is one.
	maxDepth = 32
	// How many members an outermost object is made for: a token's claims are about as many.
	usualMembers = 12
	// Whole numbers of as many digits are exact as a float64.
	exactDigits = 15
	// The longest text in base64url, in bytes, that is decoded without a place of its own in memory.
	maxOnStack = 1024
)

// ParseEncoded reads a JSON object from base64url.
func ParseEncoded(text string) (Object, error) {
	var place [maxOnStack]byte
	if hasLineBreak(text) || len(text) > maxOnStack {
		data, err := Decode(text)
		if err != nil {
			return nil, err
		}
		return Parse(data)
	}
	length, err := encoding.Decode(place[:], []byte(text))
	if err != nil {
		return nil, ErrMalformed
	}
	return Parse(place[:length])
}

// Parse reads a JSON object in UTF-8, in which no object at any level has a member twice. It goes over the text once, where
// encoding/json goes over it twice, and keeps the last of several members of one name.
func Parse(data []byte) (Object, error) {
	if !utf8.Valid(data) {
		return nil, ErrMalformed
	}
	// One copy, of which all texts in it are parts.
	p := parser{text: string(data)}
	p.space()
	if !p.skip('{') {
		return nil, ErrMalformed
	}
	object, ok := p.object(1, usualMembers)
	p.space()
	if !ok || p.at != len(p.text) {
		return nil, ErrMalformed
	}
	return object, nil
}

// A parser is at a place of a text. Its methods say whether what they expect was there; once it was not, the place means nothing.
type parser struct {
	text string
	at   int
}

// object reads what follows the opening bracket.
func (p *parser) object(depth, members int) (map[string]any, bool) {
	if depth > maxDepth {
		return nil, false
	}
	object := make(map[string]any, members)
	p.space()
	if p.skip('}') {
		return object, true
	}
	for count := 1; ; count++ {
		name, isText := p.string()
		p.space()
		if !isText || !p.skip(':') {
			return nil, false
		}
		value, ok := p.value(depth)
		object[name] = value
		if !ok || len(object) != count {
			return nil, false
		}
		if p.skip('}') {
			return object, true
		}
		if !p.skip(',') {
			return nil, false
		}
		p.space()
	}
}

// array reads what follows the opening bracket.
func (p *parser) array(depth int) ([]any, bool) {
	if depth > maxDepth {
		return nil, false
	}
	list := []any{}
	p.space()
	if p.skip(']') {
		return list, true
	}
	for {
		value, ok := p.value(depth)
		if !ok {
			return nil, false
		}
		list = append(list, value)
		if p.skip(']') {
			return list, true
		}
		if !p.skip(',') {
			return nil, false
		}
	}
}

// value reads a value and the space around it.
func (p *parser) value(depth int) (value any, ok bool) {
	p.space()
	if p.at >= len(p.text) {
		return nil, false
	}
	switch p.text[p.at] {
	case '{':
		p.at++
		value, ok = p.object(depth+1, 0)
	case '[':
		p.at++
		value, ok = p.array(depth + 1)
	case '"':
		value, ok = p.string()
	case 't':
		value, ok = true, p.word("true")
	case 'f':
		value, ok = false, p.word("false")
	case 'n':
		value, ok = nil, p.word("null")
	default:
		value, ok = p.number()
	}
	p.space()
	return value, ok
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) skip(char byte) bool {
	if p.at >= len(p.text) || p.text[p.at] != char {
		return false
	}
	p.at++
	return true
}

func (p *parser) word(word string) bool {
	if !strings.HasPrefix(p.text[p.at:], word) {
		return false
	}
	p.at += len(word)
	return true
}

func (p *parser) string() (string, bool) {
	if !p.skip('"') {
		return "", false
	}
	start := p.at
	for ; p.at < len(p.text); p.at++ {
		switch char := p.text[p.at]; {
		case char == '"':
			p.at++
			return p.text[start : p.at-1], true
		case char == '\\':
			return p.escaped(start)
		case char < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped goes on with a text that began at start, at its first escape.
func (p *parser) escaped(start int) (string, bool) {
	text := []byte(p.text[start:p.at])
	for p.at < len(p.text) {
		switch char := p.text[p.at]; {
		case char == '"':
			p.at++
			return string(text), true
		case char < ' ':
			return "", false
		case char != '\\':
			text = append(text, char)
			p.at++
		default:
			meant, length := unescape(p.text[p.at:])
			if length == 0 {
				return "", false
			}
			text = utf8.AppendRune(text, meant)
			p.at += length
		}
	}
	return "", false
}

// unescape is the character that an escape means, and how long the escape is; no length for what is none. Half of a surrogate pair is
// none: it is no character, and programs differ about what they make of it.
func unescape(text string) (rune, int) {
	if len(text) < 2 {
		return 0, 0
	}
	switch text[1] {
	case '"', '\\', '/':
		return rune(text[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	unit := codeUnit(text)
	if unit < 0 {
		return 0, 0
	}
	if !utf16.IsSurrogate(unit) {
		return unit, 6
	}
	pair := utf16.DecodeRune(unit, codeUnit(text[6:]))
	if pair == unicode.ReplacementChar {
		return 0, 0
	}
	return pair, 12
}

// codeUnit is the number in an escape of the form \u0000; negative for what is none.
func codeUnit(text string) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	unit := rune(0)
	for _, char := range []byte(text[2:6]) {
		switch {
		case '0' <= char && char <= '9':
			unit = unit<<4 | rune(char-'0')
		case 'a' <= char|0x20 && char|0x20 <= 'f':
			unit = unit<<4 | rune(char|0x20-'a'+10)
		default:
			return -1
		}
	}
	return unit
}

func (p *parser) number() (float64, bool) {
	start := p.at
	negative := p.skip('-')
	whole, digits := p.digits()
	isZeroFirst := digits > 1 && p.text[p.at-digits] == '0'
	if digits == 0 || isZeroFirst {
		return 0, false
	}
	isWhole := true
	if p.skip('.') {
		isWhole = false
		if _, digits := p.digits(); digits == 0 {
			return 0, false
		}
	}
	if p.skip('e') || p.skip('E') {
		isWhole = false
		_ = p.skip('+') || p.skip('-')
		if _, digits := p.digits(); digits == 0 {
			return 0, false
		}
	}
	if isWhole && digits <= exactDigits && !negative {
		return float64(whole), true
	}
	number, err := strconv.ParseFloat(p.text[start:p.at], 64)
	return number, err == nil && !math.IsInf(number, 0)
}

// digits are the number that digits mean, if it is small enough, and how many they are.
func (p *parser) digits() (number int64, count int) {
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		number = number*10 + int64(p.text[p.at]-'0')
		p.at++
		count++
	}
	return number, count
}
