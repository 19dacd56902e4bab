package grantd_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The API's scenarios of spec/vectors/scenarios.md about what guards tell, remember and take.

func TestRefusalsAreTold(t *testing.T) {
	var told []error
	var asked []*http.Request
	breaks := false
	issuer, verifier := verifying(t, asking(0, false), grantd.WithOnRefusal(func(request *http.Request, refusal error) {
		told, asked = append(told, refusal), append(asked, request)
		if breaks {
			panic("the log is full")
		}
	}))
	handler := verifier.Require("a:read")(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	issuer.Faults.Next(grantdtest.Introspection, grantdtest.Reply(401, map[string]string{"error": "invalid_client"}))
	request := calling("Authorization", "Bearer "+issuer.MintOpaque(nil))
	if status := answerOf(handler, request); status != 503 {
		t.Fatal(status)
	}
	var refusal *grantd.Refusal
	var secret *grantd.OAuthError
	if len(told) != 1 || asked[0] != request || !errors.As(told[0], &refusal) || !errors.As(told[0], &secret) {
		t.Fatal(told)
	}
	if refusal.Reason != grantd.ReasonUnavailable || refusal.Cause().Error() != "grantd: invalid_client" || secret.Code != "invalid_client" {
		t.Fatal(refusal, refusal.Cause())
	}
	breaks = true
	if status := answerOf(handler, calling()); status != 401 || len(told) != 2 {
		t.Fatal(status, told)
	}
	if status := answerOf(handler, calling("Authorization", "Bearer "+issuer.Mint(nil))); status != 403 || len(told) != 3 {
		t.Fatal(status, told)
	}
	good := issuer.Mint(grantdtest.Claims{"scope": "a:read"})
	if status := answerOf(handler, calling("Authorization", "Bearer "+good)); status != 200 || len(told) != 3 {
		t.Fatal(status, told)
	}
	// Who asks without a guard has the refusal in hand.
	_, err := verifier.Authenticate(calling())
	refused(t, err, grantd.ReasonMissing)
	if len(told) != 3 {
		t.Fatal(told)
	}
}

func TestProofMemoryBounds(t *testing.T) {
	issuer := grantdtest.New()
	verifier := believing(t, issuer, grantd.WithOrigin(api), grantd.WithProofMemorySize(5))
	issuer.Serve(api, verifier.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	caller := func(client string) func() int {
		config := grantd.OAuthConfig{Issuer: issuer.URL, ClientID: client, ClientSecret: "s", AuthMethod: grantd.AuthSecretPost}
		key := grantd.WithDPoP(must(grantd.GenerateSigningKey()))
		sender := must(grantd.NewTokenManager(config, append(settings(issuer), key)...)).Client()
		return func() int {
			response, err := sender.Get(api + "/x")
			done(t, err)
			return response.StatusCode
		}
	}
	one, two, three := caller("one"), caller("two"), caller("three")
	expect := func(call func() int, statuses ...int) {
		t.Helper()
		for _, status := range statuses {
			if said := call(); said != status {
				t.Fatal(said, "want", status)
			}
		}
	}
	expect(one, 200, 200, 503)
	issuer.Clock.Advance(30 * time.Second)
	expect(two, 200, 200, 503)
	expect(three, 200, 503)
	// The first two have ended, and made room.
	issuer.Clock.Advance(41 * time.Second)
	expect(three, 200, 503)
	expect(one, 200, 503)
	// A clock that steps back makes no proof end earlier. What ends first is removed first, and what a clock that was wrong has left is
	// dropped.
	issuer.Clock.Advance(-time.Hour)
	expect(two, 503)
	issuer.Clock.Advance(time.Hour + 30*time.Second)
	expect(two, 200, 200, 503)
	issuer.Clock.Advance(-25 * time.Hour)
	expect(two, 200, 200, 503)
	expect(one, 200, 200, 503)
	expect(three, 200, 503)
	_, err := grantd.NewVerifier(context.Background(), issuer.URL, grantd.WithAudience("a"), grantd.WithProofMemorySize(1))
	isMisconfigured(t, err)
}

// spending is an API that is called with a token of long ago and a new proof, and the same request once more.
func spending(t *testing.T, options ...grantd.VerifierOption) (issuer *grantdtest.Issuer, spend func() *http.Request, again func(*http.Request) string) {
	t.Helper()
	issuer = grantdtest.New()
	key := must(grantd.GenerateSigningKey())
	now := issuer.Clock.Now()
	token := issuer.Mint(grantdtest.Claims{
		"cnf": map[string]string{"jkt": key.Thumbprint()}, "iat": now.AddDate(0, -2, 0).Unix(), "exp": now.AddDate(0, 2, 0).Unix(),
	})
	reply := map[string]any{"access_token": token, "token_type": "DPoP", "expires_in": 1e7}
	issuer.Faults.Always(grantdtest.Token, grantdtest.Reply(200, reply))
	verifier := believing(t, issuer, append(options, grantd.WithOrigin(api))...)
	var spent *http.Request
	issuer.Serve(api, http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		spent = request.Clone(context.Background())
		if _, err := verifier.Authenticate(request); err != nil {
			t.Error(err)
		}
	}))
	client := must(grantd.NewTokenManager(nightly(issuer), append(settings(issuer), grantd.WithDPoP(key))...)).Client()
	spend = func() *http.Request {
		t.Helper()
		_, err := client.Get(api + "/x")
		done(t, err)
		return spent
	}
	again = func(request *http.Request) string {
		t.Helper()
		_, err := verifier.Authenticate(request)
		return reasonOf(t, err)
	}
	return issuer, spend, again
}

func TestASpentProofNeverPassesAgainWhateverTheClockDoes(t *testing.T) {
	for _, back := range []time.Duration{0, 2 * time.Second, 30 * time.Second, 75 * time.Second, time.Hour} {
		issuer, spend, again := spending(t)
		first := spend()
		issuer.Clock.Advance(-back)
		second := spend()
		// On from there, and then to where the clock was.
		for _, jump := range []time.Duration{0, max(0, back-150*time.Second-75*time.Second)} {
			issuer.Clock.Advance(jump)
			for range 150 {
				for _, request := range []*http.Request{first, second} {
					if said := again(request); said != string(grantd.ReasonProofReplayed) && said != string(grantd.ReasonProofTime) {
						t.Fatal(back, said)
					}
				}
				issuer.Clock.Advance(time.Second)
			}
		}
	}
}

func TestAfterAMonthBackNewProofsPass(t *testing.T) {
	issuer, spend, again := spending(t, grantd.WithProofMemorySize(2))
	spend()
	issuer.Clock.Advance(-30 * 24 * time.Hour)
	if said := again(spend()); said != string(grantd.ReasonProofReplayed) {
		t.Fatal(said)
	}
}

func TestAGuardTrustsAPrincipalOnlyOfTheCredentialThatComes(t *testing.T) {
	issuer, verifier := verifying(t)
	ada := issuer.Mint(grantdtest.Claims{"sub": "ada", "scope": "a:read b:read"})
	bob := issuer.Mint(grantdtest.Claims{"sub": "bob", "scope": "a:read"})
	who := ""
	inner := verifier.Require("b:read")(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		principal, _ := grantd.FromContext(request.Context())
		who = principal.Subject
	}))
	for credential, want := range map[string]struct {
		status int
		who    string
	}{
		"Bearer " + ada: {200, "ada"}, "Bearer " + bob: {403, ""}, "Bearer x": {401, ""}, "": {401, ""},
		"Bearer " + issuer.Mint(grantdtest.Claims{"sub": "eve", "scope": "b:*"}): {200, "eve"},
	} {
		who = ""
		outer := verifier.Require("a:read")(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			// Somebody's middleware puts another credential there.
			if request.Header.Del("Authorization"); credential != "" {
				request.Header.Set("Authorization", credential)
			}
			inner.ServeHTTP(w, request)
		}))
		if status := answerOf(outer, calling("Authorization", "Bearer "+ada)); status != want.status || who != want.who {
			t.Errorf("%d %q, want %d %q", status, who, want.status, want.who)
		}
	}
}

func TestAnAPISaysInWhichHeaderItsKeysCome(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false), grantd.WithKeyHeader("shop-key"))
	issuer.Serve(api, verifier.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	for header, status := range map[string]int{"Shop-Key": 200, "Authorization": 200, "X-Api-Key": 401} {
		key := must(grantd.NewAPIKey(issuer.MintAPIKey(nil), append(settings(issuer), grantd.WithKeyHeader(header))...))
		response, err := key.Client().Get(api + "/x")
		done(t, err)
		if response.StatusCode != status {
			t.Error(header, response.StatusCode)
		}
	}
}

func TestTheFakeIssuerEndsTokensInItsList(t *testing.T) {
	issuer, verifier := verifying(t)
	issuer.StatusList = true
	var tokens []string
	for range 20 {
		tokens = append(tokens, issuer.Mint(nil))
		done(t, verify(verifier, tokens[len(tokens)-1]))
		issuer.Clock.Advance(time.Minute)
	}
	issuer.Revoke(tokens[9])
	issuer.Clock.Advance(time.Minute)
	for at, token := range tokens {
		if reason := reasonOf(t, verify(verifier, token)); (reason == "revoked") != (at == 9) {
			t.Error(at, reason)
		}
	}
}

func TestErrorsSayWhatTheSystemSaysAndNoMore(t *testing.T) {
	verifier := must(grantd.NewVerifier(context.Background(), "http://127.0.0.1:1", grantd.WithAudience("a"), asking(0, false)))
	_, err := verifier.Verify(context.Background(), "opaque")
	var network *grantd.NetworkError
	if !errors.As(err, &network) || !strings.HasPrefix(network.Error(), "grantd: no reply from http://127.0.0.1:1: dial tcp") {
		t.Fatal(network)
	}
	issuer, own := verifying(t, asking(0, false))
	issuer.Faults.Always(grantdtest.Introspection, func(request *http.Request) (*http.Response, error) {
		return nil, errors.New("cannot send " + request.Header.Get("Authorization"))
	})
	if _, err := own.Verify(context.Background(), "opaque"); !errors.As(err, &network) || contains(network, "cannot send") {
		t.Fatal(network)
	}
	lying, deceived := verifying(t, asking(0, false))
	lying.Metadata = grantdtest.Claims{"issuer": "https://evil.example.test"}
	var lie *grantd.DiscoveryError
	if _, err := deceived.Verify(context.Background(), "opaque"); !errors.As(err, &lie) || !contains(lie, lying.URL) || !contains(lie, "https://evil.example.test") {
		t.Fatal(lie)
	}
}
