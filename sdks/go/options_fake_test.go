package grantd_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// What is given is looked at when things are made, and is its giver's own afterwards.

func panics(call func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	call()
	return false
}

func TestNeededPermissionsAreSingle(t *testing.T) {
	issuer, verifier := verifying(t)
	for _, scope := range []string{"a b", "", " ", "café", `a"b`, "a\n"} {
		if !panics(func() { verifier.Require("a:read", scope) }) {
			t.Errorf("a route that needs %q", scope)
		}
		principal := must(verifier.Verify(context.Background(), issuer.Mint(grantdtest.Claims{"scope": "a b *"})))
		if principal.Permits(scope) {
			t.Errorf("%q is held", scope)
		}
		_, err := verifier.Authenticate(calling("Authorization", "Bearer "+principal.Token()), scope)
		refused(t, err, grantd.ReasonScope)
	}
	needed := []string{"a:read"}
	guard := verifier.Require(needed...)
	needed[0] = "b:read"
	handler := guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	if status := answerOf(handler, calling("Authorization", "Bearer "+issuer.Mint(grantdtest.Claims{"scope": "a:read"}))); status != 200 {
		t.Fatal(status)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	issuer := grantdtest.New()
	audience := grantd.WithAudience(issuer.Audience)
	for name, options := range map[string][]grantd.VerifierOption{
		"a negative leeway":            {audience, grantd.WithLeeway(-time.Hour)},
		"a leeway of half a second":    {audience, grantd.WithLeeway(1500 * time.Millisecond)},
		"a long leeway":                {audience, grantd.WithLeeway(301 * time.Second)},
		"no time":                      {audience, grantd.WithTimeout(0)},
		"negative time":                {audience, grantd.WithTimeout(-1)},
		"no type":                      {audience, grantd.WithTypes()},
		"an empty type":                {audience, grantd.WithTypes("at+jwt", "")},
		"a scheme that nobody knows":   {audience, grantd.WithSchemes("Basic")},
		"an origin without a scheme":   {audience, grantd.WithOrigin("api.example.com")},
		"an origin with a path":        {audience, grantd.WithOrigin("https://api.example.com/v1")},
		"an origin of another kind":    {audience, grantd.WithOrigin("ftp://api.example.com")},
		"an origin with a user":        {audience, grantd.WithOrigin("https://u:p@api.example.com")},
		"no audience":                  {grantd.WithAudience()},
		"no audience at all":           {},
		"no client":                    {audience, grantd.WithHTTPClient(nil)},
		"no clock":                     {audience, grantd.WithClock(nil)},
		"no memory":                    {audience, grantd.WithProofMemory(nil)},
		"no function for nonces":       {audience, grantd.WithProofNonce(nil)},
		"no function for certificates": {audience, grantd.WithCertificate(nil)},
		"nil":                          {audience, nil},
	} {
		if panics(func() {
			_, err := grantd.NewVerifier(context.Background(), issuer.URL, options...)
			isMisconfigured(t, err)
		}) {
			t.Error(name)
		}
	}
	for name, issuer := range map[string]string{
		"with a user": "https://u:p@id.example.test", "with a query": "https://id.example.test?x=1", "relative": "id.example.test",
	} {
		if _, err := grantd.NewVerifier(context.Background(), issuer, audience); err == nil {
			t.Error(name)
		}
	}
	for _, leeway := range []time.Duration{0, 300 * time.Second} {
		must(grantd.NewVerifier(context.Background(), issuer.URL, audience, grantd.WithLeeway(leeway)))
	}
	for name, option := range map[string]grantd.ManagerOption{
		"no key for proofs":    grantd.WithDPoP(nil),
		"an empty one":         grantd.WithDPoP(&grantd.SigningKey{}),
		"no time":              grantd.WithTimeout(0),
		"no time for an API":   grantd.WithAPITimeout(-1),
		"no store":             grantd.WithStore(nil),
		"no random numbers":    grantd.WithJitter(nil),
		"no header":            grantd.WithKeyHeader(""),
		"no name of a header":  grantd.WithKeyHeader("x api"),
		"no client":            grantd.WithHTTPClient(nil),
		"an origin with a key": grantd.WithAllowedOrigins("https://u:p@api.example.test"),
		"nil":                  nil,
	} {
		if panics(func() {
			_, err := grantd.NewTokenManager(nightly(issuer), option)
			isMisconfigured(t, err)
		}) {
			t.Error(name)
		}
	}
	for _, redirect := range []string{"", "/cb", "https://app.example.test/cb#x", ":"} {
		if _, err := grantd.NewCodeFlow(app(issuer), redirect); err == nil {
			t.Errorf("a redirect to %q", redirect)
		}
	}
	config := nightly(issuer)
	config.PrivateKey = &grantd.SigningKey{}
	_, err := grantd.NewTokenManager(config)
	isMisconfigured(t, err)
}

func TestNothingIsAnErrorAndNoPanic(t *testing.T) {
	issuer, verifier := verifying(t)
	_, err := grantd.NewSigningKey(nil, "")
	isMisconfigured(t, err)
	_, err = grantd.NewVerifier(nil, issuer.URL, grantd.WithAudience("a"))
	isMisconfigured(t, err)
	done(t, grantd.CheckScope(nil))
	refused(t, verifier.Authorize(nil, "a:read"), grantd.ReasonMissing)
	var none grantd.TokenManager
	_, err = none.AccessToken(context.Background())
	isMisconfigured(t, err)
	_, err = none.Token()
	isMisconfigured(t, err)
	isMisconfigured(t, none.Revoke(context.Background()))
	_, err = none.For("", "a:read")
	isMisconfigured(t, err)
	done(t, none.Close())
	_, manager := machine(t)
	_, err = manager.Transport(nil).RoundTrip(&http.Request{})
	isMisconfigured(t, err)
	serving, second := machine(t)
	seen := serve(serving, func(http.ResponseWriter, int) {})
	if _, err := second.Transport(serving.Client().Transport).RoundTrip(&http.Request{URL: must(url.Parse(api + "/x"))}); err != nil || seen.count() != 1 {
		t.Fatal(err)
	}
}

func TestWhatWasGivenMayBeChangedAfterwards(t *testing.T) {
	issuer := grantdtest.New()
	audience, config := []string{issuer.Audience}, nightly(issuer)
	verifier := believing(t, issuer, grantd.WithAudience(audience...))
	manager := must(grantd.NewTokenManager(config, settings(issuer)...))
	audience[0], config.Scopes[0] = "https://other.example.test", "b:write"
	done(t, verify(verifier, issuer.Mint(nil)))
	accessToken(t, manager)
	if scope := issuer.Last().Form.Get("scope"); scope != "a:read" {
		t.Fatal(scope)
	}
}

func TestARefusalIsToldByItsReason(t *testing.T) {
	issuer, verifier := verifying(t)
	err := verify(verifier, issuer.Mint(grantdtest.Claims{"exp": 5}))
	if !errors.Is(err, &grantd.Refusal{Reason: grantd.ReasonExpired}) || errors.Is(err, &grantd.Refusal{Reason: grantd.ReasonIssuer}) {
		t.Fatal(err)
	}
}
