package grantd_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

const api = "https://api.example.test"

// reasonOf is why a verifier refused; "ok" where it did not.
func reasonOf(t *testing.T, err error) string {
	t.Helper()
	var refusal *grantd.Refusal
	switch {
	case err == nil:
		return "ok"
	case !errors.As(err, &refusal):
		t.Fatalf("not a refusal: %v", err)
	}
	return string(refusal.Reason)
}

func refused(t *testing.T, err error, reason grantd.Reason) {
	t.Helper()
	if said := reasonOf(t, err); said != string(reason) {
		t.Fatalf("%s, want %s", said, reason)
	}
}

func withTLS(request *http.Request) { request.TLS = &tls.ConnectionState{} }

// done ends a test that goes wrong.
func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must[V any](value V, err error) V {
	if err != nil {
		panic(err)
	}
	return value
}

// until waits for something that goroutines are about to do.
func until(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatal("it never happened")
		}
		time.Sleep(time.Millisecond)
	}
}

// machine is a fake issuer, and a manager that acts for the client itself.
func machine(t *testing.T, options ...grantd.ManagerOption) (*grantdtest.Issuer, *grantd.TokenManager) {
	t.Helper()
	issuer := grantdtest.New()
	return issuer, must(grantd.NewTokenManager(nightly(issuer), append(settings(issuer), options...)...))
}

func nightly(issuer *grantdtest.Issuer) grantd.OAuthConfig {
	return grantd.OAuthConfig{Issuer: issuer.URL, ClientID: "nightly", ClientSecret: "hush-hush", Scopes: []string{"a:read"}}
}

func settings(issuer *grantdtest.Issuer) []grantd.ManagerOption {
	return []grantd.ManagerOption{
		grantd.WithHTTPClient(issuer.Client()),
		grantd.WithClock(issuer.Clock),
		grantd.WithJitter(func() float64 { return 0 }),
	}
}

// verifying is a fake issuer, and a verifier that believes it.
func verifying(t *testing.T, options ...grantd.VerifierOption) (*grantdtest.Issuer, *grantd.Verifier) {
	t.Helper()
	issuer := grantdtest.New()
	return issuer, believing(t, issuer, options...)
}

func believing(t *testing.T, issuer *grantdtest.Issuer, options ...grantd.VerifierOption) *grantd.Verifier {
	t.Helper()
	all := []grantd.VerifierOption{
		grantd.WithHTTPClient(issuer.Client()), grantd.WithClock(issuer.Clock), grantd.WithAudience(issuer.Audience),
	}
	return must(grantd.NewVerifier(context.Background(), issuer.URL, append(all, options...)...))
}

func contains(err error, text string) bool { return strings.Contains(err.Error(), text) }

// answerOf is the status with which a handler answers.
func answerOf(handler http.Handler, request *http.Request) int {
	written := httptest.NewRecorder()
	handler.ServeHTTP(written, request)
	return written.Code
}

// asks calls until an endpoint has got so many requests: what is fetched beside a call may not be over when the next one comes.
func asks(t *testing.T, issuer *grantdtest.Issuer, endpoint grantdtest.Endpoint, requests int, call func() error) {
	t.Helper()
	until(t, func() bool {
		done(t, call())
		return issuer.Count(endpoint) >= requests
	})
	if count := issuer.Count(endpoint); count != requests {
		t.Fatalf("%d requests for %s, want %d", count, endpoint, requests)
	}
}
