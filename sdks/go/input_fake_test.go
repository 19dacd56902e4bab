package grantd_test

import (
	"encoding/base64"
	"errors"
	"math/rand"
	"strings"
	"testing"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// What an API's verifier makes of what no client sends.

func TestGarbage(t *testing.T) {
	issuer, verifier := verifying(t)
	good, bound := issuer.Mint(nil), issuer.Mint(grantdtest.Claims{"cnf": map[string]string{"jkt": strings.Repeat("A", 43)}})
	deep := `{"alg":"ES256","typ":"at+jwt","kid":"key-1","x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}"
	texts := []string{"", "..", ". .", "\x00.\x00.\x00", "\xff.a.b", base64.RawURLEncoding.EncodeToString([]byte(deep)) + ".e30.AA"}
	drawn := rand.New(rand.NewSource(7))
	for range 500 {
		changed, noise := []byte(good), make([]byte, 50)
		for range 1 + drawn.Intn(4) {
			changed[drawn.Intn(len(changed))] = byte(drawn.Intn(256))
		}
		drawn.Read(noise)
		texts = append(texts, string(changed), string(noise))
	}
	is401 := func(text string, err error) {
		t.Helper()
		var refusal *grantd.Refusal
		if !errors.As(err, &refusal) || refusal.Status() != 401 {
			t.Fatalf("%q: %v", text, err)
		}
	}
	for _, text := range texts {
		if text != good {
			is401(text, verify(verifier, text))
		}
		_, err := verifier.Authenticate(calling("Authorization", "DPoP "+bound, "DPoP", text))
		is401(text, err)
	}
	done(t, verify(verifier, good))
	if count := issuer.Count(grantdtest.JWKS); count > 2 {
		t.Fatal(count)
	}
}

func TestGiantHeaders(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	giant := strings.Repeat("A", 1<<20)
	bound := issuer.Mint(grantdtest.Claims{"cnf": map[string]string{"jkt": strings.Repeat("A", 43)}})
	for _, one := range []struct {
		reason  grantd.Reason
		headers []string
	}{
		{grantd.ReasonMalformed, []string{"Authorization", "Bearer " + giant}},
		{grantd.ReasonMalformed, []string{"Authorization", "Bearer " + giant + "." + giant + "." + giant}},
		{grantd.ReasonMalformed, []string{"Authorization", "DPoP " + giant, "DPoP", giant}},
		{grantd.ReasonMalformed, []string{"X-Api-Key", giant}},
		{grantd.ReasonMissing, []string{"Authorization", giant + " x"}},
		{grantd.ReasonProofMalformed, []string{"Authorization", "DPoP " + bound, "DPoP", giant}},
	} {
		_, err := verifier.Authenticate(calling(one.headers...))
		refused(t, err, one.reason)
	}
	if count := issuer.Count(grantdtest.Introspection); count != 0 {
		t.Fatal(count)
	}
}
