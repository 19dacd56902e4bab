// Package grantdtest has an authorization server for tests: keys, metadata, tokens of any shape, a clock that obeys, and whatever goes
// wrong. It listens nowhere: its HTTP client stands in for the network.
package grantdtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"grantd.example/grantd/internal/jose"
)

// Claims of a token, or members of its header; nil takes one away that would be there.
type Claims map[string]any

// A Seen request is one that the issuer got.
type Seen struct {
	Endpoint Endpoint
	Form     url.Values
	Header   http.Header
}

// An Issuer is a fake authorization server. What is public may be changed before it is used.
type Issuer struct {
	// What it calls itself, and what tokens are for if they do not say.
	URL, Audience string
	Clock         *Clock
	Faults        Faults
	// Members of the metadata that differ from what is true.
	Metadata Claims
	// How long tokens live.
	Lifetime time.Duration
	// Whether JWTs name a place in the issuer's status list, in which [Issuer.Revoke] ends them.
	StatusList bool

	mu     sync.Mutex
	change *sync.Cond
	alg    string
	keys   []*jose.PrivateKey
	live   map[string]Claims
	codes  map[string]code
	// Parameters that were pushed, by their name (RFC 9126).
	pushed map[string]url.Values
	// Where JWTs are in the status list, and which of those places were revoked.
	places  map[string]int
	revoked map[int]bool
	hosts   map[string]http.RoundTripper
	seen    []Seen
	serial  int
}

// Describe changes [Issuer.Metadata] of an issuer that is in use.
func (i *Issuer) Describe(metadata Claims) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.Metadata = metadata
}

type code struct{ challenge, scope string }

// New makes an issuer with a key for ES256.
func New() *Issuer { return NewSigning("ES256") }

// NewSigning makes an issuer that signs with another algorithm: RS256, PS256, ES256 or EdDSA.
func NewSigning(alg string) *Issuer {
	i := &Issuer{
		URL:      "https://id.example.test",
		Audience: "https://api.example.test",
		Clock:    NewClock(time.Time{}),
		Lifetime: time.Hour,
		alg:      alg,
		live:     map[string]Claims{},
		codes:    map[string]code{},
		pushed:   map[string]url.Values{},
		places:   map[string]int{},
		revoked:  map[int]bool{},
		hosts:    map[string]http.RoundTripper{},
	}
	i.change = sync.NewCond(&i.mu)
	i.RotateKeys()
	return i
}

// Client stands in for the network: requests to the issuer are answered by it, those to an origin of [Issuer.Serve] by its handler.
func (i *Issuer) Client() *http.Client { return &http.Client{Transport: network{i}} }

// Serve answers for another origin, so that an API can be tested with the same client.
func (i *Issuer) Serve(origin string, handler http.Handler) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.hosts[origin] = handled{handler}
}

// RotateKeys has a new key sign from now on; the old ones stay published.
func (i *Issuer) RotateKeys() {
	i.mu.Lock()
	defer i.mu.Unlock()
	key, err := jose.Generate(i.alg, i.name("key"))
	if err != nil {
		panic("grantdtest: " + err.Error())
	}
	i.keys = append([]*jose.PrivateKey{key}, i.keys...)
}

// Keys is what is published at jwks_uri.
func (i *Issuer) Keys() map[string]any {
	i.mu.Lock()
	defer i.mu.Unlock()
	keys := []map[string]any{}
	for _, key := range i.keys {
		var jwk map[string]any
		if err := json.Unmarshal(key.Public().JWK(), &jwk); err != nil {
			panic("grantdtest: " + err.Error())
		}
		jwk["kid"], jwk["alg"], jwk["use"] = key.KeyID(), key.Algorithm(), "sig"
		keys = append(keys, jwk)
	}
	return map[string]any{"keys": keys}
}

// Count is how many requests an endpoint got.
func (i *Issuer) Count(endpoint Endpoint) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.count(endpoint)
}

func (i *Issuer) count(endpoint Endpoint) int {
	count := 0
	for _, request := range i.seen {
		if request.Endpoint == endpoint {
			count++
		}
	}
	return count
}

// Wait waits until an endpoint has got so many requests.
func (i *Issuer) Wait(endpoint Endpoint, requests int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for i.count(endpoint) < requests {
		i.change.Wait()
	}
}

// Last is the request that came last.
func (i *Issuer) Last() Seen {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.seen[len(i.seen)-1]
}

// Requests are those that an endpoint got, in order.
func (i *Issuer) Requests(endpoint Endpoint) []Seen {
	i.mu.Lock()
	defer i.mu.Unlock()
	var requests []Seen
	for _, request := range i.seen {
		if request.Endpoint == endpoint {
			requests = append(requests, request)
		}
	}
	return requests
}

// Mint makes a signed access token. Claims replace those that a good token has; nil makes a good one.
func (i *Issuer) Mint(claims Claims) string { return i.MintWith(claims, nil) }

// MintWith makes a signed JWT with other header members too.
func (i *Issuer) MintWith(claims, header Claims) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.mint(claims, header)
}

func (i *Issuer) mint(claims, header Claims) string {
	place := -1
	if _, says := claims["status"]; i.StatusList && !says {
		place = len(i.places)
		claims = replaced(i.place(place), claims)
	}
	all := i.claims(claims)
	head := replaced(Claims{"typ": "at+jwt", "kid": i.keys[0].KeyID()}, header)
	token, err := i.keys[0].Sign(head, all)
	if err != nil {
		panic("grantdtest: claims that cannot be signed: " + err.Error())
	}
	if place >= 0 {
		i.places[token] = place
	}
	i.live[token] = replaced(all, Claims{"token_type": "Bearer"})
	return token
}

// MintOpaque makes an opaque access token, for introspection.
func (i *Issuer) MintOpaque(claims Claims) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.opaque("at", replaced(replaced(i.claims(nil), Claims{"token_type": "Bearer"}), claims))
}

// MintAPIKey makes an API key, for introspection.
func (i *Issuer) MintAPIKey(claims Claims) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	own := Claims{"sub": "api_key:" + i.name("key"), "aud": nil, "client_id": nil, "exp": nil, "token_type": "api_key"}
	return i.opaque("key", replaced(replaced(i.claims(nil), own), claims))
}

// Revoke ends a token: for introspection, and in the status list where the token names it.
func (i *Issuer) Revoke(token string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.end(token)
}

func (i *Issuer) end(token string) {
	delete(i.live, token)
	if place, has := i.places[token]; has {
		i.revoked[place] = true
	}
}

// Approve is what a user's browser does: it takes the address of a login, says yes, and comes back with this address. more are
// parameters of the callback that differ.
func (i *Issuer) Approve(login string, more Claims) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	address, err := url.Parse(login)
	if err != nil {
		panic("grantdtest: " + err.Error())
	}
	query := address.Query()
	if pushed, has := i.pushed[query.Get("request_uri")]; has {
		query = pushed
	}
	made := i.name("code")
	i.codes[made] = code{query.Get("code_challenge"), query.Get("scope")}
	answer := url.Values{}
	own := Claims{"code": made, "state": query.Get("state"), "iss": i.URL}
	for name, value := range replaced(own, more) {
		answer.Set(name, fmt.Sprint(value))
	}
	return query.Get("redirect_uri") + "?" + answer.Encode()
}

func (i *Issuer) claims(claims Claims) Claims {
	now := i.Clock.Now()
	return replaced(Claims{
		"iss":       i.URL,
		"sub":       "user-1",
		"aud":       i.Audience,
		"client_id": "client",
		"scope":     "",
		"iat":       now.Unix(),
		"exp":       now.Add(i.Lifetime).Unix(),
		"jti":       i.name("jti"),
	}, claims)
}

func (i *Issuer) opaque(kind string, claims Claims) string {
	token := "fake_" + i.name(kind)
	i.live[token] = claims
	return token
}

func (i *Issuer) name(kind string) string {
	i.serial++
	return fmt.Sprintf("%s_%d", kind, i.serial)
}

// replaced are claims with others in their place; nil takes one away.
func replaced(claims, others Claims) Claims {
	all := maps.Clone(claims)
	maps.Copy(all, others)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	return all
}

// path is the part of an address that comes after the issuer's own; false when it is not below it.
func (i *Issuer) path(address *url.URL) (string, bool) {
	base, err := url.Parse(i.URL)
	if err != nil || address.Scheme != base.Scheme || address.Host != base.Host {
		return "", false
	}
	return strings.TrimPrefix(address.Path, strings.TrimSuffix(base.Path, "/")), true
}
