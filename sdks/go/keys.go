package grantd

import (
	"crypto"
	"crypto/rand"

	"grantd.example/grantd/internal/jose"
)

// A SigningKey signs: in place of a client's secret, and as the key that tokens are bound to. It does not print itself.
type SigningKey struct {
	redacted
	key *jose.PrivateKey
}

// GenerateSigningKey makes a new P-256 key. It lives as long as this process, unless its [SigningKey.PrivateJWK] is kept: users' logins that
// are bound to it and stored are of no use without it.
func GenerateSigningKey() (*SigningKey, error) {
	key, err := jose.Generate(jose.ES256, "")
	if err != nil {
		return nil, err
	}
	return &SigningKey{key: key}, nil
}

// ParseSigningKey reads a private JWK: RSA of 2048 bits or more, P-256 or Ed25519.
func ParseSigningKey(jwk []byte) (*SigningKey, error) {
	key, err := jose.ParsePrivate(jwk)
	if err != nil {
		// Not the cause: it could quote the key.
		return nil, &ConfigurationError{"the private key is no JWK of RSA (2048 bits or more), P-256 or Ed25519"}
	}
	return &SigningKey{key: key}, nil
}

// NewSigningKey takes a key that is kept elsewhere, as in a hardware module. keyID is its name at the authorization server, and
// may be empty.
func NewSigningKey(signer crypto.Signer, keyID string) (*SigningKey, error) {
	if signer == nil {
		return nil, &ConfigurationError{"the key is nil"}
	}
	key, err := jose.FromSigner(signer, "", keyID)
	if err != nil {
		return nil, &ConfigurationError{"the key is none of RSA (2048 bits or more), P-256 or Ed25519"}
	}
	return &SigningKey{key: key}, nil
}

// isThere says whether it is one of those that the functions here make.
func (k *SigningKey) isThere() bool { return k != nil && k.key != nil }

// PrivateJWK is the whole key as JSON, for [ParseSigningKey] at the next start. It is a secret: keep it like a password. A key that is kept
// elsewhere does not come out: that is a [ConfigurationError].
func (k *SigningKey) PrivateJWK() ([]byte, error) {
	if !k.isThere() {
		return nil, &ConfigurationError{"the key is nil or empty"}
	}
	jwk, err := k.key.PrivateJWK()
	if err != nil {
		return nil, &ConfigurationError{"the key is kept elsewhere, and does not come out"}
	}
	return jwk, nil
}

// PublicJWK is the public half, as JSON; nil of an empty key.
func (k *SigningKey) PublicJWK() []byte {
	if !k.isThere() {
		return nil
	}
	return k.key.Public().JWK()
}

// Thumbprint is what tokens are bound to ("cnf.jkt", RFC 7638); empty of an empty key.
func (k *SigningKey) Thumbprint() string {
	if !k.isThere() {
		return ""
	}
	return k.key.Public().Thumbprint()
}

func (k *SigningKey) sign(header, claims map[string]any) (string, error) {
	text, err := k.key.Sign(header, claims)
	if err != nil {
		return "", &ConfigurationError{"the key did not sign"}
	}
	return text, nil
}

// randomBytes are the system's, which do not run out.
func randomBytes(length int) []byte {
	bytes := make([]byte, length)
	if _, err := rand.Read(bytes); err != nil {
		// Nothing here may go on with bytes that could be guessed.
		panic("grantd: the system has no random numbers")
	}
	return bytes
}
