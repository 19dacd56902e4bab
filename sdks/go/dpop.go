package grantd

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"grantd.example/grantd/internal/bounded"
	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/strict"
)

const (
	maxNonces      = 100
	maxNonceLength = 512
	nonceKept      = 24 * time.Hour
)

// A prover makes proofs of possession (RFC 9449), with the nonces that servers asked it to use. Nil makes none.
type prover struct {
	key   *SigningKey
	clock Clock

	mu     sync.Mutex
	nonces *bounded.Map[string]
}

func newProver(key *SigningKey, clock Clock) *prover {
	if key == nil {
		return nil
	}
	return &prover{key: key, clock: clock, nonces: bounded.New[string](maxNonces)}
}

// prove adds a proof for one request. host is the request's own, where it differs from the address's. With accessToken it is for an API, without
// for the authorization server.
func (p *prover) prove(header http.Header, method, host string, address *url.URL, accessToken string) error {
	target, ok := targetSent(host, address)
	if !ok {
		return &ConfigurationError{"the address cannot be named in a proof: it is too long, or its host is not in ASCII (write xn--)"}
	}
	claims := map[string]any{
		"jti": strict.Encode(randomBytes(16)),
		"htm": method,
		"htu": target,
		"iat": p.clock.Now().Unix(),
	}
	if accessToken != "" {
		claims["ath"] = tokenHash(accessToken)
	}
	p.mu.Lock()
	nonce, has := p.nonces.Get(rules.Origin(address), p.clock.Now())
	p.mu.Unlock()
	if has {
		claims["nonce"] = nonce
	}
	proof, err := p.key.sign(map[string]any{"typ": "dpop+jwt", "jwk": p.key.key.Public().JWK()}, claims)
	if err == nil {
		header.Set("Dpop", proof)
	}
	return err
}

// targetSent is the address as net/http writes it into a request: with the host of the request before that of the address, and without the
// zone of an IPv6 address, which means something on this computer alone. It would write a name beyond ASCII in another way.
func targetSent(host string, address *url.URL) (string, bool) {
	if host == "" {
		host = address.Host
	}
	if zone, end := strings.IndexByte(host, '%'), strings.LastIndexByte(host, ']'); strings.HasPrefix(host, "[") && zone > 0 && zone < end {
		host = host[:zone] + host[end:]
	}
	path, has := rules.PathOf(address.RequestURI())
	if !has {
		return "", false
	}
	return rules.Target(strings.ToLower(address.Scheme), host, path)
}

// remember keeps the nonce that a reply carries (RFC 9449 section 8.2). It says whether it had one.
func (p *prover) remember(address *url.URL, header http.Header) bool {
	nonce := header.Get("Dpop-Nonce")
	if p == nil || nonce == "" || len(nonce) > maxNonceLength {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nonces.Put(rules.Origin(address), nonce, p.clock.Now().Add(nonceKept))
	return true
}

// tokenHash is "ath": SHA-256 of an access token, base64url.
func tokenHash(token string) string {
	digest := sha256.Sum256([]byte(token))
	return strict.Encode(digest[:])
}
