// Package jose has JSON Web Keys and signatures (RFC 7515, RFC 7517, RFC 7518, RFC 8037), as far as access tokens need them.
// All algorithms are asymmetric: there is no "none" and no HMAC to be tricked into. It must not know what is signed.
package jose

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"slices"

	"grantd.example/grantd/internal/strict"
)

// The algorithms, by their names in JOSE.
const (
	RS256 = "RS256"
	PS256 = "PS256"
	ES256 = "ES256"
	EdDSA = "EdDSA"
)

// Algorithms are all of them, the one that everybody has first.
var Algorithms = []string{ES256, RS256, PS256, EdDSA}

const (
	minModulusBits = 2048
	maxModulusBits = 8192
	// A long exponent makes each verification slow, and proofs bring their own keys.
	maxExponent = 6
	scalarBytes = 32
)

// Members of private and symmetric keys. A public key with one of them is a leak, and refused.
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// A PublicKey verifies signatures.
type PublicKey struct {
	rsa     *rsa.PublicKey
	ecdsa   *ecdsa.PublicKey
	ed25519 ed25519.PublicKey
	// What RFC 7638 hashes.
	canonical []byte
	// What the key's own "alg" allows; all of its type, where there is none.
	algorithms []string
}

// ReadPublic reads a public key. Nil when it is malformed, private, too short, or not for signatures that are known here.
func ReadPublic(jwk strict.Object) *PublicKey {
	if slices.ContainsFunc(privateMembers, func(name string) bool { _, has := jwk[name]; return has }) {
		return nil
	}
	read := strict.Read(jwk)
	if use, has := read.Text("use"); has && use != "sig" {
		return nil
	}
	if operations, has := read.Texts("key_ops"); has && !slices.Contains(operations, "verify") {
		return nil
	}
	kty, _ := read.Text("kty")
	crv, _ := read.Text("crv")
	key := &PublicKey{}
	switch {
	case kty == "RSA":
		key.readRSA(read)
	case kty == "EC" && crv == "P-256":
		key.readP256(read)
	case kty == "OKP" && crv == "Ed25519":
		key.readEd25519(read)
	}
	if alg, has := read.Text("alg"); has {
		key.algorithms = slices.DeleteFunc(key.algorithms, func(one string) bool { return one != alg })
	}
	if read.Err() != nil || len(key.algorithms) == 0 {
		return nil
	}
	return key
}

func (k *PublicKey) readRSA(read *strict.Reader) {
	n, e := bytesOf(read, "n"), bytesOf(read, "e")
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	bits := modulus.BitLen()
	if bits < minModulusBits || bits > maxModulusBits || len(e) > maxExponent || !exponent.IsInt64() {
		return
	}
	if public := int64(int(exponent.Int64())); public < 3 || public&1 == 0 || public != exponent.Int64() {
		return
	}
	k.rsa = &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}
	k.canonical, _ = json.Marshal(map[string]string{"e": strict.Encode(e), "kty": "RSA", "n": strict.Encode(n)})
	k.algorithms = []string{RS256, PS256}
}

func (k *PublicKey) readP256(read *strict.Reader) {
	x, y := bytesOf(read, "x"), bytesOf(read, "y")
	if len(x) != scalarBytes || len(y) != scalarBytes {
		return
	}
	// It refuses points that are not on the curve.
	if _, err := ecdh.P256().NewPublicKey(slices.Concat([]byte{4}, x, y)); err != nil {
		return
	}
	k.ecdsa = &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
	members := map[string]string{"crv": "P-256", "kty": "EC", "x": strict.Encode(x), "y": strict.Encode(y)}
	k.canonical, _ = json.Marshal(members)
	k.algorithms = []string{ES256}
}

func (k *PublicKey) readEd25519(read *strict.Reader) {
	x := bytesOf(read, "x")
	if len(x) != ed25519.PublicKeySize {
		return
	}
	k.ed25519 = x
	k.canonical, _ = json.Marshal(map[string]string{"crv": "Ed25519", "kty": "OKP", "x": strict.Encode(x)})
	k.algorithms = []string{EdDSA}
}

// bytesOf is a member in base64url; nil when it is none.
func bytesOf(read *strict.Reader, name string) []byte {
	text, _ := read.Text(name)
	data, err := strict.Decode(text)
	if err != nil {
		return nil
	}
	return data
}

// Suits says whether the key may be used with an algorithm.
func (k *PublicKey) Suits(alg string) bool {
	return slices.Contains(k.algorithms, alg)
}

// Verifies says whether signature is this key's over data. False when the key is not for the algorithm.
func (k *PublicKey) Verifies(alg string, data, signature []byte) bool {
	if !k.Suits(alg) {
		return false
	}
	if alg == EdDSA {
		return ed25519.Verify(k.ed25519, data, signature)
	}
	digest := sha256.Sum256(data)
	switch alg {
	case RS256:
		return rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, digest[:], signature) == nil
	case PS256:
		return rsa.VerifyPSS(k.rsa, crypto.SHA256, digest[:], signature, pss) == nil
	case ES256:
		if len(signature) != 2*scalarBytes {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:scalarBytes]), new(big.Int).SetBytes(signature[scalarBytes:])
		return ecdsa.Verify(k.ecdsa, digest[:], r, s)
	}
	return false
}

var pss = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}

// JWK is the public key as JSON: the members that RFC 7638 hashes and no others.
func (k *PublicKey) JWK() json.RawMessage {
	return k.canonical
}

// Thumbprint is the SHA-256 thumbprint (RFC 7638), base64url.
func (k *PublicKey) Thumbprint() string {
	digest := sha256.Sum256(k.canonical)
	return strict.Encode(digest[:])
}

// IsAlgorithm says whether a text names one that is known here.
func IsAlgorithm(text string) bool {
	return slices.Contains(Algorithms, text)
}
