package jose_test

import (
	"encoding/json"
	"testing"

	"grantd.example/grantd/internal/jose"
	"grantd.example/grantd/internal/strict"
	"grantd.example/grantd/internal/vectors"
)

func TestThumbprintVectors(t *testing.T) {
	var file struct {
		Thumbprints []struct {
			JWK        map[string]any
			Thumbprint string
		}
	}
	vectors.Read(t, "dpop", &file)
	if len(file.Thumbprints) == 0 {
		t.Fatal("none")
	}
	for _, one := range file.Thumbprints {
		key := jose.ReadPublic(one.JWK)
		if key == nil || key.Thumbprint() != one.Thumbprint {
			t.Errorf("%v", one.JWK)
		}
	}
}

func TestEveryAlgorithmSignsWhatItVerifies(t *testing.T) {
	for _, alg := range jose.Algorithms {
		key, err := jose.Generate(alg, "k")
		if err != nil {
			t.Fatal(err)
		}
		text, err := key.Sign(map[string]any{"kid": "k", "alg": "none"}, map[string]any{"sub": "x"})
		if err != nil {
			t.Fatal(err)
		}
		jws, err := jose.TakeApart(text, jose.MaxToken, nil)
		if err != nil || jws.Header.Alg != alg || !key.Public().Verifies(alg, jws.Signed, jws.Signature) {
			t.Fatalf("%s: %v", alg, err)
		}
		for _, other := range jose.Algorithms {
			if other != alg && key.Public().Verifies(other, jws.Signed, jws.Signature) {
				t.Errorf("a signature of %s is one of %s", alg, other)
			}
		}
		jws.Signature[0] ^= 1
		if key.Public().Verifies(alg, jws.Signed, jws.Signature) {
			t.Errorf("%s: a changed signature", alg)
		}
		jwk, err := key.PrivateJWK()
		if err != nil {
			t.Fatal(alg, err)
		}
		kept, err := jose.ParsePrivate(jwk)
		if err != nil || kept.Algorithm() != alg || kept.KeyID() != "k" || kept.Public().Thumbprint() != key.Public().Thumbprint() {
			t.Errorf("%s: what comes out is another key: %v", alg, err)
		}
	}
}

func TestPrivateKeysAreReadWhole(t *testing.T) {
	var file struct{ Issuer, Client map[string]json.RawMessage }
	vectors.Read(t, "keys", &file)
	read := 0
	for name, jwk := range file.Client {
		object, err := strict.Parse(jwk)
		if err != nil {
			t.Fatal(name, err)
		}
		if _, isPrivate := object["d"]; !isPrivate {
			t.Fatal(name, "is no private key")
		}
		key, err := jose.ParsePrivate(jwk)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		read++
		text, err := key.Sign(map[string]any{}, map[string]any{})
		if err != nil {
			t.Error(name, err)
		}
		jws, _ := jose.TakeApart(text, jose.MaxToken, nil)
		if jws == nil || !key.Public().Verifies(key.Algorithm(), jws.Signed, jws.Signature) {
			t.Error(name, "does not verify what it signed")
		}
		// The public half of another key beside the private one.
		delete(object, "d")
		broken, _ := json.Marshal(object)
		if _, err := jose.ParsePrivate(broken); err == nil {
			t.Error(name, "a public key was taken for a private one")
		}
	}
	if read == 0 {
		t.Error("no key was read")
	}
}
