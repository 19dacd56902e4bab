package grantd_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The API's scenarios of spec/vectors/scenarios.md against the built server.

func TestVerify(t *testing.T) {
	server := demo(t)
	token := accessToken(t, server.machine(t))
	principal := must(server.verifier(t).Verify(context.Background(), token))
	if principal.Subject != "nightly-export" || principal.Kind != grantd.KindJWT || principal.Token() != token {
		t.Fatal(principal)
	}
	parts := strings.Split(token, ".")
	var claims map[string]any
	done(t, json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[1])), &claims))
	claims["scope"] = "*"
	changed := base64.RawURLEncoding.EncodeToString(must(json.Marshal(claims)))
	refused(t, verify(server.verifier(t), parts[0]+"."+changed+"."+parts[2]), grantd.ReasonSignature)
	refused(t, verify(server.verifier(t, grantd.WithAudience("https://other.example.test")), token), grantd.ReasonAudience)
}

func TestRevocationByIntrospection(t *testing.T) {
	server := demo(t)
	clock := grantdtest.NewClock(time.Now())
	asking := server.verifier(t, server.asking(true), grantd.WithClock(clock))
	manager := server.machine(t)
	token := accessToken(t, manager)
	done(t, verify(asking, token))
	done(t, manager.Revoke(context.Background()))
	done(t, verify(asking, token))
	clock.Advance(10 * time.Second)
	refused(t, verify(asking, token), grantd.ReasonInactive)
}

func TestRevocationInTheServersList(t *testing.T) {
	server := demo(t)
	clock := grantdtest.NewClock(time.Now())
	manager := server.machine(t)
	token := accessToken(t, manager)
	older := server.verifier(t, grantd.WithClock(clock))
	done(t, verify(older, token))
	done(t, manager.Revoke(context.Background()))
	// The server needs a moment; each new verifier fetches the list anew.
	outcome := verify(server.verifier(t), token)
	for ; outcome == nil; outcome = verify(server.verifier(t), token) {
		time.Sleep(50 * time.Millisecond)
	}
	refused(t, outcome, grantd.ReasonRevoked)
	done(t, verify(older, token))
	clock.Advance(time.Minute)
	refused(t, verify(older, token), grantd.ReasonRevoked)
}

func TestIntrospectionOfAnApiKey(t *testing.T) {
	server := demo(t)
	verifier := server.verifier(t, server.asking(false), grantd.WithTenantClaim("tenant"))
	key := server.APIKeys[0].Key
	principal, err := verifier.Authenticate(calling("X-Api-Key", key), "invoices:send")
	done(t, err)
	if principal.Kind != grantd.KindAPIKey || principal.Tenant != "acme-berlin" || principal.Permits("payments:refund") {
		t.Fatal(principal)
	}
	_, err = verifier.Authenticate(calling("X-Api-Key", key), "payments:refund")
	refused(t, err, grantd.ReasonScope)
	_, err = verifier.Authenticate(calling("X-Api-Key", key+"0"))
	refused(t, err, grantd.ReasonInactive)
}

func TestDpop(t *testing.T) {
	server := demo(t)
	manager := server.machine(t, grantd.WithDPoP(must(grantd.GenerateSigningKey())))
	verifier := server.verifier(t)
	var seen http.Header
	called := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		verifier.Require("invoices:read")(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
	}))
	defer called.Close()
	response, err := manager.Client().Get(called.URL + "/x?page=1")
	done(t, err)
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status, response.Header)
	}
	authorization, proof := seen.Get("Authorization"), seen.Get("DPoP")
	again := httptest.NewRequest(http.MethodGet, called.URL+"/x?page=1", nil)
	again.Header = seen
	_, err = verifier.Authenticate(again)
	refused(t, err, grantd.ReasonProofReplayed)
	_, err = verifier.Authenticate(calling("Authorization", authorization))
	refused(t, err, grantd.ReasonProofMissing)
	_, err = verifier.Authenticate(calling("Authorization", strings.Replace(authorization, "DPoP", "Bearer", 1), "DPoP", proof))
	refused(t, err, grantd.ReasonScheme)
}
