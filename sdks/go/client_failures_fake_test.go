package grantd_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// What callers get when the token endpoint, the store, or code that they gave fails.

func TestAFailureIsHandedOutAgainForAWhile(t *testing.T) {
	refusal := func(status int, code string) grantdtest.Fault {
		return grantdtest.Reply(status, map[string]string{"error": code})
	}
	for name, one := range map[string]struct {
		fault grantdtest.Fault
		pause time.Duration
	}{
		"nothing":             {grantdtest.Unreachable, time.Second},
		"500":                 {grantdtest.Reply(500, ""), time.Second},
		"503 for a while":     {grantdtest.Reply(503, "", "Retry-After", "7"), 7 * time.Second},
		"429 for a while":     {grantdtest.Reply(429, "", "Retry-After", "7"), 7 * time.Second},
		"503 for a day":       {grantdtest.Reply(503, "", "Retry-After", "86400"), time.Minute},
		"invalid_scope":       {refusal(400, "invalid_scope"), time.Second},
		"invalid_client":      {refusal(401, "invalid_client"), 5 * time.Second},
		"unauthorized_client": {refusal(400, "unauthorized_client"), 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			issuer, manager := machine(t)
			issuer.Faults.Always(grantdtest.Token, one.fault)
			for _, step := range []struct {
				wait     time.Duration
				requests int
			}{{0, 1}, {one.pause - time.Millisecond, 1}, {time.Millisecond, 2}, {-time.Hour, 3}} {
				issuer.Clock.Advance(step.wait)
				for range 3 {
					if _, err := manager.AccessToken(context.Background()); err == nil {
						t.Fatal("a token")
					}
				}
				if count := issuer.Count(grantdtest.Token); count != step.requests {
					t.Fatal(count, step)
				}
			}
		})
	}
}

func TestAnEndedLoginIsSaidAtOnceWhenAnAPIRefusesItsToken(t *testing.T) {
	issuer, manager := user(t)
	issuer.Serve(api, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	accessToken(t, manager)
	issuer.Faults.Next(grantdtest.Token, grantdtest.Reply(400, map[string]string{"error": "invalid_grant"}))
	var ended *grantd.LoginRequiredError
	if _, err := manager.Client().Get(api + "/x"); !errors.As(err, &ended) {
		t.Fatal(err)
	}
	other, failing := user(t)
	other.Serve(api, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	accessToken(t, failing)
	other.Faults.Next(grantdtest.Token, grantdtest.Unreachable)
	if response, err := failing.Client().Get(api + "/x"); err != nil || response.StatusCode != 401 {
		t.Fatal(response, err)
	}
}

// A brittle store does what it is told to.
type brittleStore struct {
	*grantd.MemoryStore
	reads int
	fail  func() error
}

func (s *brittleStore) Get(ctx context.Context, key string) (*grantd.StoredTokens, error) {
	s.reads++
	if err := s.fail(); err != nil {
		return nil, err
	}
	return s.MemoryStore.Get(ctx, key)
}

func TestAStoreThatIsDownIsNotReadWithEachCall(t *testing.T) {
	var down error
	store := &brittleStore{MemoryStore: grantd.NewMemoryStore(), fail: func() error { return down }}
	issuer, manager := machine(t, grantd.WithStore(store))
	first := accessToken(t, manager)
	down = errors.New("the database is down")
	issuer.Clock.Advance(3550 * time.Second)
	before := store.reads
	for range 20 {
		if accessToken(t, manager) != first {
			t.Fatal("the good token is not handed out")
		}
		done(t, manager.Close())
	}
	if reads := store.reads - before; reads != 1 {
		t.Fatal(reads)
	}
	issuer.Clock.Advance(time.Minute)
	_, err := manager.AccessToken(context.Background())
	var failed *grantd.StoreError
	if !errors.As(err, &failed) || err.Error() != "grantd: the token store failed: the database is down" {
		t.Fatal(err)
	}
}

func TestWhatPanicsInCodeThatWasGivenIsAnErrorOfTheCall(t *testing.T) {
	breaks := true
	store := &brittleStore{MemoryStore: grantd.NewMemoryStore(), fail: func() error {
		if breaks {
			panic("no such table")
		}
		return nil
	}}
	issuer, manager := machine(t, grantd.WithStore(store))
	if _, err := manager.AccessToken(context.Background()); err == nil || !contains(err, "no such table") {
		t.Fatal(err)
	}
	breaks = false
	issuer.Clock.Advance(time.Second)
	accessToken(t, manager)
	done(t, manager.Close())

	issuer, verifier := verifying(t, asking(0, false))
	breaking := func(*http.Request) (*http.Response, error) { panic("in the transport") }
	for _, endpoint := range []grantdtest.Endpoint{grantdtest.Metadata, grantdtest.JWKS, grantdtest.Introspection} {
		issuer.Faults.Next(endpoint, breaking)
	}
	for range 2 {
		refused(t, verify(verifier, issuer.Mint(nil)), grantd.ReasonUnavailable)
		issuer.Clock.Advance(time.Second)
	}
	done(t, verify(verifier, issuer.Mint(nil)))
	opaque := issuer.MintOpaque(nil)
	refused(t, verify(verifier, opaque), grantd.ReasonUnavailable)
	issuer.Clock.Advance(time.Second)
	done(t, verify(verifier, opaque))
}

// A leavingStore ends the goroutine that asks it, as testing.T's FailNow does.
type leavingStore struct {
	*grantd.MemoryStore
	leaves bool
}

func (s *leavingStore) Get(ctx context.Context, key string) (*grantd.StoredTokens, error) {
	if s.leaves {
		runtime.Goexit()
	}
	return s.MemoryStore.Get(ctx, key)
}

func TestGivenCodeThatEndsItsGoroutineIsAnErrorAndNotForEver(t *testing.T) {
	store := &leavingStore{grantd.NewMemoryStore(), true}
	issuer, manager := machine(t, grantd.WithStore(store))
	var ended *grantd.PanicError
	if _, err := manager.AccessToken(context.Background()); !errors.As(err, &ended) {
		t.Fatal(err)
	}
	store.leaves = false
	issuer.Clock.Advance(time.Second)
	accessToken(t, manager)
	issuer, verifier := verifying(t, asking(time.Second, false))
	issuer.Faults.Next(grantdtest.Introspection, func(*http.Request) (*http.Response, error) {
		runtime.Goexit()
		return nil, nil
	})
	token := issuer.MintOpaque(nil)
	refused(t, verify(verifier, token), grantd.ReasonUnavailable)
	issuer.Clock.Advance(time.Second)
	done(t, verify(verifier, token))
}

func TestAClockThatBreaksOnceDoesNotEndAManager(t *testing.T) {
	issuer := grantdtest.New()
	clock := &breakingClock{issuer.Clock, true}
	manager := must(grantd.NewTokenManager(nightly(issuer), append(settings(issuer), grantd.WithClock(clock))...))
	var broke *grantd.PanicError
	if _, err := manager.AccessToken(context.Background()); !errors.As(err, &broke) {
		t.Fatal(err)
	}
	clock.breaks = false
	issuer.Clock.Advance(time.Second)
	accessToken(t, manager)
}

type breakingClock struct {
	*grantdtest.Clock
	breaks bool
}

func (c *breakingClock) AfterFunc(d time.Duration, f func()) func() {
	if c.breaks {
		panic("no timers")
	}
	return c.Clock.AfterFunc(d, f)
}
