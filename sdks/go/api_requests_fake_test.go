package grantd_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// What requests present, and what they are answered.

// calling is a request to the API with headers in pairs.
func calling(headers ...string) *http.Request {
	request := httptest.NewRequest(http.MethodGet, api+"/x?y=1", nil)
	for at := 0; at < len(headers); at += 2 {
		request.Header.Add(headers[at], headers[at+1])
	}
	return request
}

func TestReplies(t *testing.T) {
	issuer, verifier := verifying(t, grantd.WithRealm("shop"), grantd.WithResourceMetadata(api+"/m"))
	handler := verifier.Require("a:read")(verifier.Require("b:read")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		principal, _ := grantd.FromContext(r.Context())
		_, _ = fmt.Fprint(w, principal.Subject)
	})))
	call := func(headers ...string) *httptest.ResponseRecorder {
		written := httptest.NewRecorder()
		handler.ServeHTTP(written, calling(headers...))
		return written
	}
	with := func(scope string) string { return "Bearer " + issuer.Mint(grantdtest.Claims{"scope": scope}) }
	for name, one := range map[string]struct {
		written   *httptest.ResponseRecorder
		status    int
		challenge string
	}{
		"none":        {call(), 401, `Bearer realm="shop", scope="a:read", resource_metadata="https://api.example.test/m"`},
		"too little":  {call("Authorization", with("a:read")), 403, `Bearer realm="shop", error="insufficient_scope", error_description="the access token lacks a permission", scope="b:read", resource_metadata="https://api.example.test/m"`},
		"bad":         {call("Authorization", "Bearer x"), 401, `Bearer realm="shop", error="invalid_token", error_description="the access token is malformed", resource_metadata="https://api.example.test/m"`},
		"good":        {call("Authorization", with("a:* b:*")), 200, ""},
		"twice":       {call("Authorization", "Bearer x", "Authorization", "Bearer y"), 400, `Bearer realm="shop", error="invalid_request", error_description="the access token was sent more than once", resource_metadata="https://api.example.test/m"`},
		"not a token": {call("Authorization", "Basic YTpi"), 401, `Bearer realm="shop", scope="a:read", resource_metadata="https://api.example.test/m"`},
	} {
		if one.written.Code != one.status || one.written.Header().Get("WWW-Authenticate") != one.challenge {
			t.Errorf("%s: %d %v", name, one.written.Code, one.written.Header())
		}
	}
	if body := call("Authorization", with("*")).Body.String(); body != "user-1" {
		t.Fatal(body)
	}
	if _, has := grantd.FromContext(context.Background()); has {
		t.Fatal("nobody asked")
	}
	written := httptest.NewRecorder()
	verifier.WriteError(written, errors.New("secret details"))
	if written.Code != 500 || strings.Contains(written.Body.String(), "secret") {
		t.Fatal(written)
	}
}

func TestACredentialThatComesTwiceIsRefused(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	bearer := "Bearer " + issuer.Mint(nil)
	for _, one := range []struct {
		reason  grantd.Reason
		headers []string
	}{
		{grantd.ReasonTwice, []string{"Authorization", bearer, "Authorization", bearer}},
		{grantd.ReasonTwice, []string{"Authorization", bearer, "X-Api-Key", "key"}},
		{grantd.ReasonTwice, []string{"X-Api-Key", "key", "X-Api-Key", "key"}},
		{grantd.ReasonMissing, nil},
		{grantd.ReasonMissing, []string{"Authorization", "Basic YTpi"}},
		{grantd.ReasonMissing, []string{"Authorization", "Bearers x"}},
		{grantd.ReasonMalformed, []string{"Authorization", "Bearer"}},
		{grantd.ReasonMalformed, []string{"Authorization", bearer + ", Bearer x"}},
		{grantd.ReasonMalformed, []string{"X-Api-Key", "a\tb"}},
		{grantd.ReasonMalformed, []string{"X-Api-Key", ""}},
	} {
		_, err := verifier.Authenticate(calling(one.headers...))
		refused(t, err, one.reason)
	}
}

func TestAKeysHeaderHasAKeyWhereTheAPITakesThem(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	key := issuer.MintAPIKey(nil)
	for _, headers := range [][]string{{"X-Api-Key", key}, {"Authorization", "Bearer " + key}} {
		if principal := must(verifier.Authenticate(calling(headers...))); principal.Kind != grantd.KindAPIKey {
			t.Error(principal.Kind)
		}
	}
	for _, headers := range [][]string{{"X-Api-Key", issuer.Mint(nil)}, {"X-Api-Key", issuer.MintOpaque(nil)}, {"Authorization", "DPoP " + key}} {
		_, err := verifier.Authenticate(calling(headers...))
		refused(t, err, grantd.ReasonScheme)
	}
	another, without := verifying(t)
	must(without.Authenticate(calling("Authorization", "Bearer "+another.Mint(nil), "X-Api-Key", "somebody's")))
	_, err := without.Authenticate(calling("X-Api-Key", another.Mint(nil)))
	refused(t, err, grantd.ReasonMissing)
}

func TestAProofIsForTheAPIsOwnOriginWhateverHostSays(t *testing.T) {
	issuer := grantdtest.New()
	key := must(grantd.GenerateSigningKey())
	issuer.Faults.Always(grantdtest.Token, func(request *http.Request) (*http.Response, error) {
		token := issuer.Mint(grantdtest.Claims{"cnf": map[string]string{"jkt": key.Thumbprint()}})
		reply := map[string]any{"access_token": token, "token_type": "DPoP", "expires_in": 60}
		return grantdtest.Reply(200, reply)(request)
	})
	verifier := believing(t, issuer, grantd.WithOrigin(api))
	var proofs []string
	issuer.Serve(api, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// As behind a proxy: another host, no TLS.
		r.Host = "inner:3000"
		if _, err := verifier.Authenticate(r); err != nil {
			t.Error(err)
		}
		proofs = r.Header.Values("DPoP")
	}))
	manager := must(grantd.NewTokenManager(nightly(issuer), append(settings(issuer), grantd.WithDPoP(key))...))
	_, err := manager.Client().Get(api + "/x?y=1")
	done(t, err)
	authorization := "DPoP " + accessToken(t, manager)
	_, err = verifier.Authenticate(calling("Authorization", authorization, "DPoP", proofs[0]))
	refused(t, err, grantd.ReasonProofReplayed)
	_, err = verifier.Authenticate(calling("Authorization", authorization, "DPoP", proofs[0], "DPoP", proofs[0]))
	refused(t, err, grantd.ReasonProofMalformed)
	elsewhere := believing(t, issuer, grantd.WithOrigin("https://other.example.test"))
	_, err = elsewhere.Authenticate(calling("Authorization", authorization, "DPoP", proofs[0]))
	refused(t, err, grantd.ReasonProofURL)
}

func TestAServerThatAsksForANonceGetsIt(t *testing.T) {
	issuer := grantdtest.New()
	key := must(grantd.GenerateSigningKey())
	bound := func(request *http.Request) (*http.Response, error) {
		token := issuer.Mint(grantdtest.Claims{"cnf": map[string]string{"jkt": key.Thumbprint()}})
		return grantdtest.Reply(200, map[string]any{"access_token": token, "token_type": "DPoP", "expires_in": 60})(request)
	}
	issuer.Faults.Next(grantdtest.Token, grantdtest.Reply(400, map[string]string{"error": "use_dpop_nonce"}, "DPoP-Nonce", "n1"), bound)
	verifier := believing(t, issuer, grantd.WithOrigin(api), grantd.WithSchemes("DPoP"), grantd.WithProofNonce(func() string { return "n2" }))
	issuer.Serve(api, verifier.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	manager := must(grantd.NewTokenManager(nightly(issuer), append(settings(issuer), grantd.WithDPoP(key))...))
	if status := post(t, manager.Client(), strings.NewReader("x")).StatusCode; status != 200 || issuer.Count(grantdtest.Token) != 2 {
		t.Fatal(status, issuer.Count(grantdtest.Token))
	}
}
