package grantd_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The API's scenarios of spec/vectors/scenarios.md about the issuer's keys and the time.

func verify(verifier *grantd.Verifier, token string) error {
	_, err := verifier.Verify(context.Background(), token)
	return err
}

func TestKeyRotationWhileVerifying(t *testing.T) {
	for name, pause := range map[string]time.Duration{"at once": 0, "a second later": time.Second, "later": 30 * time.Second} {
		t.Run(name, func(t *testing.T) { rotates(t, pause) })
	}
}

func rotates(t *testing.T, pause time.Duration) {
	issuer, verifier := verifying(t)
	old := issuer.Mint(nil)
	done(t, verify(verifier, old))
	issuer.Clock.Advance(pause)
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
	}{{0, 2}, {29999 * time.Millisecond, 2}, {time.Millisecond, 3}, {29999 * time.Millisecond, 3}} {
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
	issuer, verifier := verifying(t)
	issuer.Lifetime = 24 * time.Hour
	token := issuer.Mint(nil)
	done(t, verify(verifier, token))
	secret := map[string]any{"keys": []any{map[string]string{"kty": "oct", "kid": "x", "k": "AAAA"}}}
	for number, body := range []any{map[string]any{"keys": []any{}}, map[string]any{}, "<html>", secret} {
		issuer.Clock.Advance(10 * time.Minute)
		issuer.Faults.Next(grantdtest.JWKS, grantdtest.Reply(200, body))
		for range 2 {
			asks(t, issuer, grantdtest.JWKS, number+2, func() error { return verify(verifier, token) })
		}
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
			asks(t, issuer, grantdtest.JWKS, step.requests, func() error { return verify(verifier, token) })
		}
	}
	issuer.Clock.Advance(24 * time.Hour)
	refused(t, verify(verifier, token), grantd.ReasonUnavailable)
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
	issuer.Describe(grantdtest.Claims{"issuer": "https://evil.example.test"})
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
