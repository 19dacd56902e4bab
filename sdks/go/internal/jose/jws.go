package jose

import (
	"strings"
	"sync"

	"grantd.example/grantd/internal/strict"
)

// MaxToken is the longest token that is read, in bytes.
const MaxToken = 16 * 1024

// A JWS is a JWT in compact form, taken apart and not yet believed.
type JWS struct {
	Header Header
	// The header as it came, and whether it was known.
	Head    string
	IsKnown bool
	Claims  strict.Object
	// What the signature is over.
	Signed    []byte
	Signature []byte
}

// A Header is what a JWT says of its signature.
type Header struct {
	Members       strict.Object
	Alg, Kid, Typ string
	HasKid        bool
}

const (
	maxHeads = 64
	// The longest header that is remembered, in bytes.
	maxHead = 512
)

// Heads are headers of tokens that were good, a bounded number of them: all tokens of one key have the same. All of it may be used by many
// goroutines at once.
type Heads struct {
	mu    sync.RWMutex
	known map[string]Header
}

// Remember keeps the header of a token that was good. Nobody changes it any more.
func (h *Heads) Remember(jws *JWS) {
	if len(jws.Head) > maxHead {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) >= maxHeads {
		h.known = map[string]Header{}
	}
	h.known[strings.Clone(jws.Head)] = jws.Header
}

func (h *Heads) find(head string) (Header, bool) {
	if h == nil {
		return Header{}, false
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	header, isKnown := h.known[head]
	return header, isKnown
}

// TakeApart takes a text apart. It does not read again a header that is known, if any are.
func TakeApart(text string, longest int, known *Heads) (*JWS, error) {
	if len(text) > longest || strings.Count(text, ".") != 2 {
		return nil, strict.ErrMalformed
	}
	end := strings.LastIndexByte(text, '.')
	head, body, _ := strings.Cut(text[:end], ".")
	header, isKnown := known.find(head)
	if !isKnown {
		var err error
		if header, err = parseHeader(head); err != nil {
			return nil, err
		}
	}
	claims, err := strict.ParseEncoded(body)
	if err != nil {
		return nil, err
	}
	signature, err := strict.Decode(text[end+1:])
	if err != nil {
		return nil, err
	}
	return &JWS{Header: header, Head: head, IsKnown: isKnown, Claims: claims, Signed: []byte(text[:end]), Signature: signature}, nil
}

func parseHeader(part string) (Header, error) {
	members, err := strict.ParseEncoded(part)
	if err != nil {
		return Header{}, err
	}
	read := strict.Read(members)
	header := Header{Members: members}
	var hasAlg bool
	header.Alg, hasAlg = read.Text("alg")
	header.Kid, header.HasKid = read.Text("kid")
	header.Typ, _ = read.Text("typ")
	if read.Err() != nil || !hasAlg {
		return Header{}, strict.ErrMalformed
	}
	return header, nil
}

// HasAny says whether the header has one of these members, whatever its value.
func (h Header) HasAny(names ...string) bool {
	for _, name := range names {
		if _, has := h.Members[name]; has {
			return true
		}
	}
	return false
}

// TypeIs says whether "typ" is this media type, in any case and with or without "application/" (RFC 7515 section 4.1.9).
func (h Header) TypeIs(expected string) bool {
	typ := strings.ToLower(h.Typ)
	return typ != "" && strings.TrimPrefix(typ, "application/") == strings.ToLower(expected)
}

// LooksLikeJWT says whether a text could be a JWT: three parts of which the first begins a JSON object. Anything else is
// opaque.
func LooksLikeJWT(text string) bool {
	return strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2
}
