package jose

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"slices"

	"grantd.example/grantd/internal/strict"
)

// ErrKey says that a private key is none, or of a type that is not known here. It carries none of it.
var ErrKey = errors.New("the private key is none of RSA (2048 bits or more), P-256 or Ed25519")

// A PrivateKey signs JWTs with one key and one algorithm.
type PrivateKey struct {
	signer crypto.Signer
	alg    string
	kid    string
	public *PublicKey
}

// Generate makes a new key.
func Generate(alg, kid string) (*PrivateKey, error) {
	var signer crypto.Signer
	var err error
	switch alg {
	case ES256:
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, signer, err = generateEd25519()
	case RS256, PS256:
		signer, err = rsa.GenerateKey(rand.Reader, minModulusBits)
	default:
		return nil, ErrKey
	}
	if err != nil {
		return nil, err
	}
	return FromSigner(signer, alg, kid)
}

func generateEd25519() (ed25519.PublicKey, crypto.Signer, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	return public, private, err
}

// FromSigner takes a key that is kept elsewhere, as in a hardware module. An empty alg is the first of the key's type.
func FromSigner(signer crypto.Signer, alg, kid string) (*PrivateKey, error) {
	var members map[string]any
	switch public := signer.Public().(type) {
	case *rsa.PublicKey:
		exponent := big.NewInt(int64(public.E)).Bytes()
		members = map[string]any{"kty": "RSA", "n": strict.Encode(public.N.Bytes()), "e": strict.Encode(exponent)}
	case *ecdsa.PublicKey:
		point, err := public.ECDH()
		if err != nil || public.Curve != elliptic.P256() {
			return nil, ErrKey
		}
		raw := point.Bytes()
		x, y := strict.Encode(raw[1:1+scalarBytes]), strict.Encode(raw[1+scalarBytes:])
		members = map[string]any{"kty": "EC", "crv": "P-256", "x": x, "y": y}
	case ed25519.PublicKey:
		members = map[string]any{"kty": "OKP", "crv": "Ed25519", "x": strict.Encode(public)}
	}
	public := ReadPublic(members)
	if public == nil {
		return nil, ErrKey
	}
	if alg == "" {
		alg = public.algorithms[0]
	}
	if !public.Suits(alg) {
		return nil, ErrKey
	}
	return &PrivateKey{signer: signer, alg: alg, kid: kid, public: public}, nil
}

// ParsePrivate reads a private JWK.
func ParsePrivate(data []byte) (*PrivateKey, error) {
	jwk, err := strict.Parse(data)
	if err != nil {
		return nil, ErrKey
	}
	public := maps.Clone(jwk)
	for _, name := range slices.Concat(privateMembers, []string{"use", "key_ops"}) {
		delete(public, name)
	}
	if ReadPublic(public) == nil {
		return nil, ErrKey
	}
	read := strict.Read(jwk)
	kty, _ := read.Text("kty")
	alg, _ := read.Text("alg")
	kid, _ := read.Text("kid")
	signer := readSigner(kty, read)
	if signer == nil || read.Err() != nil {
		return nil, ErrKey
	}
	return FromSigner(signer, alg, kid)
}

// readSigner is the private half of a key whose public half is sound; nil when it does not fit.
func readSigner(kty string, read *strict.Reader) crypto.Signer {
	d := bytesOf(read, "d")
	switch kty {
	case "RSA":
		n, e := new(big.Int).SetBytes(bytesOf(read, "n")), new(big.Int).SetBytes(bytesOf(read, "e"))
		p, q := new(big.Int).SetBytes(bytesOf(read, "p")), new(big.Int).SetBytes(bytesOf(read, "q"))
		key := &rsa.PrivateKey{
			PublicKey: rsa.PublicKey{N: n, E: int(e.Int64())},
			D:         new(big.Int).SetBytes(d),
			Primes:    []*big.Int{p, q},
		}
		if key.Validate() != nil {
			return nil
		}
		key.Precompute()
		return key
	case "EC":
		point, err := ecdh.P256().NewPrivateKey(d)
		if err != nil {
			return nil
		}
		raw := point.PublicKey().Bytes()
		x, y := raw[1:1+scalarBytes], raw[1+scalarBytes:]
		if !slices.Equal(x, bytesOf(read, "x")) || !slices.Equal(y, bytesOf(read, "y")) {
			return nil
		}
		public := ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
		return &ecdsa.PrivateKey{PublicKey: public, D: new(big.Int).SetBytes(d)}
	case "OKP":
		if len(d) != ed25519.SeedSize {
			return nil
		}
		key := ed25519.NewKeyFromSeed(d)
		if !slices.Equal(key.Public().(ed25519.PublicKey), ed25519.PublicKey(bytesOf(read, "x"))) {
			return nil
		}
		return key
	}
	return nil
}

// PrivateJWK is the whole key. One that is kept elsewhere does not come out.
func (k *PrivateKey) PrivateJWK() ([]byte, error) {
	var members map[string]any
	if err := json.Unmarshal(k.public.JWK(), &members); err != nil {
		return nil, ErrKey
	}
	switch signer := k.signer.(type) {
	case *ecdsa.PrivateKey:
		members["d"] = strict.Encode(signer.D.FillBytes(make([]byte, scalarBytes)))
	case ed25519.PrivateKey:
		members["d"] = strict.Encode(signer.Seed())
	case *rsa.PrivateKey:
		if len(signer.Primes) != 2 {
			return nil, ErrKey
		}
		signer.Precompute()
		for name, number := range map[string]*big.Int{
			"d": signer.D, "p": signer.Primes[0], "q": signer.Primes[1],
			"dp": signer.Precomputed.Dp, "dq": signer.Precomputed.Dq, "qi": signer.Precomputed.Qinv,
		} {
			members[name] = strict.Encode(number.Bytes())
		}
	default:
		return nil, ErrKey
	}
	members["alg"] = k.alg
	if k.kid != "" {
		members["kid"] = k.kid
	}
	return json.Marshal(members)
}

// Algorithm is the one that it signs with.
func (k *PrivateKey) Algorithm() string { return k.alg }

// KeyID is its name in a key set; empty where it has none.
func (k *PrivateKey) KeyID() string { return k.kid }

// Public is its public half.
func (k *PrivateKey) Public() *PublicKey { return k.public }

// Sign makes a signed JWT. The header's "alg" is the key's, whatever it says.
func (k *PrivateKey) Sign(header, claims map[string]any) (string, error) {
	own := maps.Clone(header)
	own["alg"] = k.alg
	head, err := json.Marshal(own)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	input := strict.Encode(head) + "." + strict.Encode(body)
	signature, err := k.sign([]byte(input))
	if err != nil {
		return "", err
	}
	return input + "." + strict.Encode(signature), nil
}

func (k *PrivateKey) sign(input []byte) ([]byte, error) {
	if k.alg == EdDSA {
		return k.signer.Sign(rand.Reader, input, crypto.Hash(0))
	}
	digest := sha256.Sum256(input)
	switch k.alg {
	case PS256:
		return k.signer.Sign(rand.Reader, digest[:], pss)
	case ES256:
		encoded, err := k.signer.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		var parts struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(encoded, &parts); err != nil {
			return nil, err
		}
		raw := make([]byte, 2*scalarBytes)
		parts.R.FillBytes(raw[:scalarBytes])
		parts.S.FillBytes(raw[scalarBytes:])
		return raw, nil
	}
	return k.signer.Sign(rand.Reader, digest[:], crypto.SHA256)
}
