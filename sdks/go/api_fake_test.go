package grantd_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The API's scenarios of spec/vectors/scenarios.md that need an issuer which misbehaves, and a clock that obeys.

func verify(verifier *grantd.Verifier, token string) error {
	_, err := verifier.Verify(context.Background(), token)
	return err
}

func asking(keep time.Duration, always bool) grantd.VerifierOption {
	client := grantd.OAuthConfig{ClientID: "api", ClientSecret: "secret"}
	return grantd.WithIntrospection(grantd.Introspection{Client: client, Keep: keep, Always: always})
}

// calling is a request to the API with headers in pairs.
func calling(headers ...string) *http.Request {
	request := httptest.NewRequest(http.MethodGet, api+"/x?y=1", nil)
	for at := 0; at < len(headers); at += 2 {
		request.Header.Add(headers[at], headers[at+1])
	}
	return request
}

func TestKeyRotationWhileVerifying(t *testing.T) {
	issuer, verifier := verifying(t)
	old := issuer.Mint(nil)
	done(t, verify(verifier, old))
	issuer.Clock.Advance(30 * time.Second)
	issuer.RotateKeys()
	answers := make(chan struct{})
	issuer.Faults.Next(grantdtest.JWKS, grantdtest.Until(answers))
	var all sync.WaitGroup
	for _, token := range []string{issuer.Mint(nil), issuer.Mint(nil), issuer.Mint(nil), old} {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := verify(verifier, token); err != nil {
				t.Error(err)
			}
		}()
	}
	issuer.Wait(grantdtest.JWKS, 2)
	close(answers)
	all.Wait()
	if issuer.Count(grantdtest.JWKS) != 2 {
		t.Fatal(issuer.Count(grantdtest.JWKS))
	}
}

func TestUnknownKidFlood(t *testing.T) {
	issuer, verifier := verifying(t)
	good := issuer.Mint(nil)
	done(t, verify(verifier, good))
	for round, step := range []struct {
		wait     time.Duration
		requests int
	}{{0, 1}, {29999 * time.Millisecond, 1}, {time.Millisecond, 2}, {29999 * time.Millisecond, 2}} {
		issuer.Clock.Advance(step.wait)
		for number := range 250 {
			kid := fmt.Sprintf("none-%d-%d", round, number)
			refused(t, verify(verifier, issuer.MintWith(nil, grantdtest.Claims{"kid": kid})), grantd.ReasonUnknownKey)
		}
		done(t, verify(verifier, good))
		if count := issuer.Count(grantdtest.JWKS); count != step.requests {
			t.Fatalf("%d requests in round %d", count, round)
		}
	}
}

func TestJwksTurningEmpty(t *testing.T) {
	issuer, verifier := verifying(t, grantd.WithLeeway(24*time.Hour))
	token := issuer.Mint(nil)
	done(t, verify(verifier, token))
	secret := map[string]any{"keys": []any{map[string]string{"kty": "oct", "kid": "x", "k": "AAAA"}}}
	for number, body := range []any{map[string]any{"keys": []any{}}, map[string]any{}, "<html>", secret} {
		issuer.Clock.Advance(10 * time.Minute)
		issuer.Faults.Next(grantdtest.JWKS, grantdtest.Reply(200, body))
		done(t, verify(verifier, token))
		issuer.Wait(grantdtest.JWKS, number+2)
		done(t, verify(verifier, token))
	}
}

func TestStaleOnError(t *testing.T) {
	issuer, verifier := verifying(t)
	token := issuer.Mint(nil)
	done(t, verify(verifier, token))
	issuer.Faults.Always(grantdtest.JWKS, grantdtest.Reply(500, ""))
	issuer.Clock.Advance(10 * time.Minute)
	for _, step := range []struct {
		wait     time.Duration
		requests int
	}{{0, 2}, {29999 * time.Millisecond, 2}, {time.Millisecond, 3}, {29999 * time.Millisecond, 3}} {
		issuer.Clock.Advance(step.wait)
		for range 3 {
			done(t, verify(verifier, token))
		}
		issuer.Wait(grantdtest.JWKS, step.requests)
		if count := issuer.Count(grantdtest.JWKS); count != step.requests {
			t.Fatal(count, step)
		}
	}
}

func TestNoKeysAtAll(t *testing.T) {
	issuer, verifier := verifying(t)
	token := issuer.Mint(nil)
	issuer.Faults.Always(grantdtest.JWKS, grantdtest.Unreachable)
	err := verify(verifier, token)
	refused(t, err, grantd.ReasonUnavailable)
	written := httptest.NewRecorder()
	verifier.WriteError(written, err)
	if written.Code != http.StatusServiceUnavailable {
		t.Fatal(written.Code)
	}
	issuer.Faults.Mend()
	issuer.Clock.Advance(time.Second)
	done(t, verify(verifier, token))
}

func TestLyingIssuer(t *testing.T) {
	issuer, verifier := verifying(t)
	issuer.Metadata = grantdtest.Claims{"issuer": "https://evil.example.test"}
	refused(t, verify(verifier, issuer.Mint(nil)), grantd.ReasonUnavailable)
	for _, endpoint := range []grantdtest.Endpoint{grantdtest.Metadata, grantdtest.JWKS} {
		issuer, verifier := verifying(t)
		issuer.Faults.Always(endpoint, grantdtest.Reply(302, "", "Location", "https://evil.example.test/"))
		refused(t, verify(verifier, issuer.Mint(nil)), grantd.ReasonUnavailable)
	}
}

func TestHangingIssuer(t *testing.T) {
	issuer, verifier := verifying(t)
	token := issuer.Mint(nil)
	issuer.Faults.Next(grantdtest.JWKS, grantdtest.Hang)
	var all, waits sync.WaitGroup
	waits.Add(10)
	for range 10 {
		all.Add(1)
		go func() {
			defer all.Done()
			_, err := verifier.Verify(waiting{context.Background(), &waits, &sync.Once{}}, token)
			if reasonOf(t, err) != "unavailable" {
				t.Error(err)
			}
		}()
	}
	waits.Wait()
	issuer.Wait(grantdtest.JWKS, 1)
	issuer.Clock.Advance(10 * time.Second)
	all.Wait()
	if issuer.Count(grantdtest.JWKS) != 1 {
		t.Fatal(issuer.Count(grantdtest.JWKS))
	}
	done(t, verify(verifier, token))
}

func TestClockSkew(t *testing.T) {
	issuer, verifier := verifying(t)
	now := issuer.Clock.Now().Unix()
	done(t, verify(verifier, issuer.Mint(grantdtest.Claims{"exp": now - 29})))
	refused(t, verify(verifier, issuer.Mint(grantdtest.Claims{"exp": now - 30})), grantd.ReasonExpired)
	done(t, verify(verifier, issuer.Mint(grantdtest.Claims{"nbf": now + 30})))
	refused(t, verify(verifier, issuer.Mint(grantdtest.Claims{"nbf": now + 31})), grantd.ReasonNotYetValid)
}

func TestIntrospectionCacheBounds(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	now := issuer.Clock.Now().Unix()
	token, short := issuer.MintOpaque(nil), issuer.MintOpaque(grantdtest.Claims{"exp": now + 5})
	for _, one := range []string{token, token, short} {
		done(t, verify(verifier, one))
	}
	issuer.Revoke(token)
	issuer.Clock.Advance(5 * time.Second)
	refused(t, verify(verifier, short), grantd.ReasonInactive)
	issuer.Clock.Advance(4999 * time.Millisecond)
	done(t, verify(verifier, token))
	if issuer.Count(grantdtest.Introspection) != 3 {
		t.Fatal("a reply was not kept for ten seconds, or past the token's end")
	}
	issuer.Clock.Advance(time.Millisecond)
	refused(t, verify(verifier, token), grantd.ReasonInactive)
	refused(t, verify(verifier, token), grantd.ReasonInactive)
	if issuer.Count(grantdtest.Introspection) != 4 {
		t.Fatal("that it is not active is kept, too")
	}

	other, long := verifying(t, asking(time.Hour, false))
	kept := other.MintOpaque(nil)
	done(t, verify(long, kept))
	other.Revoke(kept)
	other.Clock.Advance(30 * time.Second)
	refused(t, verify(long, kept), grantd.ReasonInactive)

	first := issuer.MintOpaque(nil)
	done(t, verify(verifier, first))
	for range 10_000 {
		done(t, verify(verifier, issuer.MintOpaque(nil)))
	}
	before := issuer.Count(grantdtest.Introspection)
	done(t, verify(verifier, first))
	if issuer.Count(grantdtest.Introspection) != before+1 {
		t.Fatal("more than 10,000 replies are kept")
	}
}

func TestIntrospectionUnavailable(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	token := issuer.MintOpaque(nil)
	for _, fault := range []grantdtest.Fault{
		grantdtest.Unreachable, grantdtest.Reply(500, ""), grantdtest.Reply(401, map[string]string{"error": "invalid_client"}),
		grantdtest.Reply(200, "active"), grantdtest.Reply(200, map[string]any{}),
	} {
		issuer.Faults.Next(grantdtest.Introspection, fault)
		refused(t, verify(verifier, token), grantd.ReasonUnavailable)
	}
	done(t, verify(verifier, token))
}

func TestAnAPIThatAlwaysAsksSeesARevokedJWT(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, true))
	token := issuer.Mint(nil)
	issuer.Revoke(token)
	refused(t, verify(verifier, token), grantd.ReasonInactive)
	done(t, verify(verifier, issuer.Mint(nil)))
}

// statusList is a signed list of eight places at the address /status/1, good for a minute and usable until its end.
func statusList(t *testing.T, issuer *grantdtest.Issuer, places byte, end int64) grantdtest.Fault {
	t.Helper()
	var packed bytes.Buffer
	writer := zlib.NewWriter(&packed)
	_, _ = writer.Write([]byte{places})
	done(t, writer.Close())
	list := map[string]any{"bits": 1, "lst": base64.RawURLEncoding.EncodeToString(packed.Bytes())}
	claims := grantdtest.Claims{"sub": issuer.URL + "/status/1", "ttl": 60, "exp": end, "status_list": list}
	return grantdtest.Reply(200, issuer.MintWith(claims, grantdtest.Claims{"typ": "statuslist+jwt"}))
}

func listed(issuer *grantdtest.Issuer) string {
	place := map[string]any{"idx": 0, "uri": issuer.URL + "/status/1"}
	return issuer.Mint(grantdtest.Claims{"status": map[string]any{"status_list": place}})
}

func TestRevocationByStatusList(t *testing.T) {
	issuer, verifier := verifying(t)
	end := issuer.Clock.Now().Unix() + 120
	token := listed(issuer)
	issuer.Faults.Always(grantdtest.Status, statusList(t, issuer, 0, end))
	done(t, verify(verifier, token))
	issuer.Faults.Always(grantdtest.Status, statusList(t, issuer, 1, end))
	issuer.Clock.Advance(59 * time.Second)
	done(t, verify(verifier, token))
	issuer.Clock.Advance(time.Second)
	refused(t, verify(verifier, token), grantd.ReasonRevoked)
	done(t, verify(believing(t, issuer, grantd.WithoutStatusLists()), token))
}

func TestAListServesUntilItsOwnEndWhenNoneCanBeHad(t *testing.T) {
	issuer, verifier := verifying(t)
	token := listed(issuer)
	issuer.Faults.Always(grantdtest.Status, grantdtest.Unreachable)
	refused(t, verify(verifier, token), grantd.ReasonUnavailable)
	issuer.Faults.Next(grantdtest.Status, statusList(t, issuer, 0, issuer.Clock.Now().Unix()+120))
	done(t, verify(verifier, token))
	issuer.Clock.Advance(119 * time.Second)
	done(t, verify(verifier, token))
	done(t, verify(verifier, token))
	issuer.Clock.Advance(time.Second)
	refused(t, verify(verifier, token), grantd.ReasonUnavailable)
	if issuer.Count(grantdtest.Status) != 4 {
		t.Fatal("an overdue list is asked for again, but not with each request")
	}
}

func TestUsageReports(t *testing.T) {
	var mu sync.Mutex
	var batches [][]grantd.Use
	fails, attempts := false, 0
	issuer, verifier := verifying(t, grantd.WithUsageReports(grantd.UsageReports{
		Send: func(_ context.Context, uses []grantd.Use) error {
			mu.Lock()
			defer mu.Unlock()
			if attempts++; fails {
				return errors.New("down")
			}
			batches = append(batches, uses)
			return nil
		},
	}))
	token := issuer.Mint(grantdtest.Claims{"scope": "a:* b:read"})
	call := func(scopes ...string) error {
		_, err := verifier.Authenticate(calling("Authorization", "Bearer "+token), scopes...)
		return err
	}
	for range 5 {
		done(t, call("a:read"))
	}
	done(t, call("a:read", "b:read"))
	refused(t, call("c:read"), grantd.ReasonScope)
	mu.Lock()
	fails = true
	mu.Unlock()
	issuer.Clock.Advance(time.Minute)
	done(t, call("b:read"))
	until(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return attempts == 1
	})
	mu.Lock()
	fails = false
	mu.Unlock()
	done(t, verifier.Close(context.Background()))
	done(t, verifier.Close(context.Background()))
	if len(batches) != 1 {
		t.Fatal(batches)
	}
	slices.SortFunc(batches[0], func(a, b grantd.Use) int { return strings.Compare(a.Permission, b.Permission) })
	if want := []grantd.Use{{"client", "a:read", 6}, {"client", "b:read", 2}}; !slices.Equal(batches[0], want) {
		t.Fatal(batches[0])
	}
}

func TestUsageReportsGoToTheServerInBatchesAndWhatFailedGoesAgain(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false), grantd.WithUsageReports(grantd.UsageReports{}))
	token := issuer.Mint(grantdtest.Claims{"scope": "*"})
	call := func(scope string) {
		_, err := verifier.Authenticate(calling("Authorization", "Bearer "+token), scope)
		done(t, err)
	}
	for number := range 250 {
		call(fmt.Sprintf("p%d:read", number))
	}
	refusal := grantdtest.Reply(400, grantdtest.Claims{"error": "invalid_request"})
	issuer.Faults.Next(grantdtest.Usage, grantdtest.Reply(503, nil), grantdtest.Reply(200, grantdtest.Claims{}), grantdtest.Unreachable, refusal)
	for _, fails := range []bool{true, true} {
		if err := verifier.Close(context.Background()); (err != nil) != fails {
			t.Fatal(err)
		}
		// It is no part of what is on its way.
		call("later:read")
	}
	done(t, verifier.Close(context.Background()))
	done(t, verifier.Close(context.Background()))
	var sizes []int
	var ids []string
	for _, request := range issuer.Requests(grantdtest.Usage) {
		var uses []struct{ Count int }
		done(t, json.Unmarshal([]byte(request.Form.Get("uses")), &uses))
		sizes, ids = append(sizes, len(uses)), append(ids, request.Form.Get("report_id"))
	}
	if want := []int{200, 200, 50, 50, 1}; !slices.Equal(sizes, want) {
		t.Fatal(sizes)
	}
	if ids[0] != ids[1] || ids[1] == ids[2] || ids[2] != ids[3] || ids[3] == ids[4] {
		t.Fatal(ids)
	}
}

func TestUsageReportsToAServerThatTakesNoneNameWhatACredentialUsed(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false), grantd.WithUsageReports(grantd.UsageReports{}))
	issuer.Metadata = grantdtest.Claims{"grantd_usage_endpoint": nil}
	token := issuer.MintOpaque(grantdtest.Claims{"scope": "a:*"})
	for _, scope := range []string{"a:read", "a:write"} {
		_, err := verifier.Authenticate(calling("Authorization", "Bearer "+token), scope)
		done(t, err)
	}
	if issuer.Count(grantdtest.Introspection) != 1 {
		t.Fatal("reported at once")
	}
	done(t, verifier.Close(context.Background()))
	told := strings.Fields(issuer.Last().Form.Get("scope"))
	if slices.Sort(told); !slices.Equal(told, []string{"a:read", "a:write"}) {
		t.Fatal(told)
	}
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
		"twice":       {call("Authorization", "Bearer x", "X-Api-Key", "y"), 400, `Bearer realm="shop", error="invalid_request", error_description="the access token was sent more than once", resource_metadata="https://api.example.test/m"`},
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
