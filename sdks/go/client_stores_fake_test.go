package grantd_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The client's scenarios of spec/vectors/scenarios.md about what lies in a store: whose it is, how new, and whether it can be read.

// A place keeps what is under its one key, and lets tests look at it.
type place struct {
	*grantd.MemoryStore
	key string
}

func (p *place) Set(ctx context.Context, key string, tokens grantd.StoredTokens) error {
	p.key = key
	return p.MemoryStore.Set(ctx, key, tokens)
}

func (p *place) now() *grantd.StoredTokens { return must(p.Get(context.Background(), p.key)) }

func newPlace() *place { return &place{MemoryStore: grantd.NewMemoryStore()} }

func app(issuer *grantdtest.Issuer) grantd.OAuthConfig {
	return grantd.OAuthConfig{Issuer: issuer.URL, ClientID: "app", Scopes: []string{"offline_access"}}
}

// again is the manager of ada's login at the next start.
func again(issuer *grantdtest.Issuer, ada grantd.User, options ...grantd.ManagerOption) (*grantd.TokenManager, error) {
	ada.Subject = "ada"
	return grantd.ForUser(context.Background(), app(issuer), ada, append(settings(issuer), options...)...)
}

func isMisconfigured(t *testing.T, err error) {
	t.Helper()
	var wrong *grantd.ConfigurationError
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
}

func TestALoginBelongsToItsKey(t *testing.T) {
	own, other := must(grantd.GenerateSigningKey()), must(grantd.GenerateSigningKey())
	store := newPlace()
	issuer, manager := user(t, grantd.WithStore(store), grantd.WithDPoP(own))
	before := store.now()
	if before.KeyThumbprint != own.Thumbprint() {
		t.Fatal("the store does not know the key")
	}
	issuer.Clock.Advance(2 * time.Hour)
	requests := issuer.Count(grantdtest.Token)
	for _, options := range [][]grantd.ManagerOption{{grantd.WithDPoP(other)}, {}} {
		stranger := must(again(issuer, grantd.User{}, append(options, grantd.WithStore(store))...))
		_, err := stranger.AccessToken(context.Background())
		isMisconfigured(t, err)
		isMisconfigured(t, stranger.Revoke(context.Background()))
	}
	if issuer.Count(grantdtest.Token) != requests || store.now().RefreshToken != before.RefreshToken {
		t.Fatal("another key's login was used, or is gone")
	}
	kept := must(grantd.ParseSigningKey(must(own.PrivateJWK())))
	accessToken(t, must(again(issuer, grantd.User{}, grantd.WithStore(store), grantd.WithDPoP(kept))))
	accessToken(t, manager)

	// Tokens that are bound to none are not for a manager with a key, whatever its clock says: it gets others for them.
	for _, passes := range []time.Duration{0, -time.Hour} {
		free := newPlace()
		issuer, _ = user(t, grantd.WithStore(free))
		unbound := *free.now()
		issuer.Clock.Advance(passes)
		bound := must(again(issuer, grantd.User{}, grantd.WithStore(free), grantd.WithDPoP(own)))
		token := accessToken(t, bound)
		if token == unbound.AccessToken || issuer.Requests(grantdtest.Token)[1].Form.Get("refresh_token") != unbound.RefreshToken {
			t.Fatal("an unbound token was handed out, or its refresh token not used")
		}
		if free.now().AccessToken != token || free.now().KeyThumbprint != own.Thumbprint() || accessToken(t, bound) != token {
			t.Fatal("not bound from then on")
		}
	}

	// The client's own are fetched anew.
	machines := newPlace()
	issuer = grantdtest.New()
	tokens := map[string]bool{}
	for _, options := range [][]grantd.ManagerOption{{grantd.WithDPoP(own)}, {grantd.WithDPoP(other)}, {}, {grantd.WithDPoP(own)}} {
		all := append(append(settings(issuer), grantd.WithStore(machines)), options...)
		tokens[accessToken(t, must(grantd.NewTokenManager(nightly(issuer), all...)))] = true
	}
	if len(tokens) != 4 {
		t.Fatal("a token of another key, or of none, was handed out")
	}
}

func TestTokensOfAnUnknownKeyAreUsedWithAnyAndNotWithoutOne(t *testing.T) {
	own := must(grantd.GenerateSigningKey())
	store := newPlace()
	issuer, _ := user(t, grantd.WithStore(store), grantd.WithDPoP(own))
	old := *store.now()
	old.KeyThumbprint = ""
	done(t, store.Set(context.Background(), store.key, old))
	accessToken(t, must(again(issuer, grantd.User{}, grantd.WithStore(store), grantd.WithDPoP(own))))
	_, err := must(again(issuer, grantd.User{}, grantd.WithStore(store))).AccessToken(context.Background())
	isMisconfigured(t, err)
}

func TestAnUnboundLoginIsGivenAndEndedWithAKey(t *testing.T) {
	key := grantd.WithDPoP(must(grantd.GenerateSigningKey()))
	free := newPlace()
	issuer, _ := user(t, grantd.WithStore(free))
	unbound := *free.now()
	elsewhere := newPlace()
	given := must(again(issuer, grantd.User{Tokens: &unbound}, grantd.WithStore(elsewhere), key))
	if *elsewhere.now() != unbound {
		t.Fatal("it was not kept as it is")
	}
	if accessToken(t, given) == unbound.AccessToken || elsewhere.now().KeyThumbprint == "" {
		t.Fatal("an unbound token was handed out")
	}

	// It can be revoked as it is, and one that the server does not know any more is deleted.
	issuer, _ = user(t, grantd.WithStore(free))
	unbound = *free.now()
	done(t, must(again(issuer, grantd.User{}, grantd.WithStore(free), key)).Revoke(context.Background()))
	if issuer.Last().Form.Get("token") != unbound.RefreshToken || free.now() != nil {
		t.Fatal("the login goes on")
	}
	done(t, free.Set(context.Background(), free.key, unbound))
	var gone *grantd.LoginRequiredError
	if _, err := must(again(issuer, grantd.User{}, grantd.WithStore(free), key)).AccessToken(context.Background()); !errors.As(err, &gone) {
		t.Fatal(err)
	}
	if free.now() != nil {
		t.Fatal("an ended login is still there")
	}
}

func TestTheStoreKnowsBetter(t *testing.T) {
	store := newPlace()
	issuer, manager := user(t, grantd.WithStore(store))
	first := *store.now()
	issuer.Clock.Advance(2 * time.Hour)
	accessToken(t, manager)
	second := store.now().RefreshToken
	if second == first.RefreshToken {
		t.Fatal("not rotated")
	}
	for _, given := range []grantd.User{{RefreshToken: first.RefreshToken}, {Tokens: &first}} {
		next := must(again(issuer, given, grantd.WithStore(store)))
		accessToken(t, next)
		if store.now().RefreshToken != second {
			t.Fatal("what is in the store is newer")
		}
	}
	// Where the store has none, what is given is used.
	elsewhere := newPlace()
	accessToken(t, must(again(issuer, grantd.User{RefreshToken: second}, grantd.WithStore(elsewhere))))
	if elsewhere.now() == nil {
		t.Fatal("nothing was stored")
	}
}

func TestDamagedStore(t *testing.T) {
	directory := t.TempDir()
	store := grantd.WithStore(grantd.NewFileStore(directory))
	issuer, manager := user(t, store)
	damage := func() string {
		file := must(filepath.Glob(filepath.Join(directory, "*.json")))[0]
		done(t, os.WriteFile(file, []byte(`{"refresh_token":"fake_rt`), 0o600))
		return file
	}
	file := damage()
	_, err := must(again(issuer, grantd.User{}, store)).AccessToken(context.Background())
	var failed *grantd.StoreError
	if !errors.As(err, &failed) || !errors.Is(err, grantd.ErrDamaged) || !contains(err, file) || contains(err, "fake_rt") {
		t.Fatal(err)
	}
	for _, leaving := range []*grantd.TokenManager{manager, must(again(issuer, grantd.User{}, store))} {
		done(t, os.WriteFile(file, []byte(`{`), 0o600))
		done(t, leaving.Revoke(context.Background()))
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Fatal("the entry is still there")
		}
	}
	own := func() *grantd.TokenManager {
		return must(grantd.NewTokenManager(nightly(issuer), append(settings(issuer), store)...))
	}
	accessToken(t, own())
	damage()
	token := accessToken(t, own())
	if accessToken(t, own()) != token {
		t.Fatal("what was fetched anew is not stored")
	}
}

func TestLogoutDuringARefresh(t *testing.T) {
	store := newPlace()
	for name, options := range map[string][]grantd.ManagerOption{"with a store": {grantd.WithStore(store)}, "without one": nil} {
		t.Run(name, func(t *testing.T) {
			issuer, manager := user(t, options...)
			issuer.Clock.Advance(2 * time.Hour)
			answers := make(chan struct{})
			issuer.Faults.Next(grantdtest.Token, grantdtest.Until(answers))
			refreshed, left := make(chan error), make(chan error)
			go func() {
				_, err := manager.AccessToken(context.Background())
				refreshed <- err
			}()
			issuer.Wait(grantdtest.Token, 2)
			var waits sync.WaitGroup
			waits.Add(1)
			go func() { left <- manager.Revoke(waiting{context.Background(), &waits, &sync.Once{}}) }()
			waits.Wait()
			close(answers)
			done(t, <-refreshed)
			done(t, <-left)
			if store.key != "" && store.now() != nil {
				t.Fatal("the login is in the store")
			}
			ended := issuer.Requests(grantdtest.Revocation)
			if len(ended) != 1 || !strings.HasPrefix(ended[0].Form.Get("token"), "fake_rt") {
				t.Fatal(ended)
			}
			form := issuer.Requests(grantdtest.Token)[1].Form
			if ended[0].Form.Get("token") == form.Get("refresh_token") {
				t.Fatal("the refresh token that was used up was revoked, and its successor lives")
			}
			var gone *grantd.LoginRequiredError
			if _, err := manager.AccessToken(context.Background()); !errors.As(err, &gone) {
				t.Fatal(err)
			}
		})
	}
}

// A door tells who comes to the lock.
type door struct {
	*place
	came chan struct{}
}

func (d door) Lock(ctx context.Context, key string) (func(), error) {
	d.came <- struct{}{}
	return d.place.Lock(ctx, key)
}

func TestALoginDuringALogoutOrARefreshOfAnotherIsTheOneThatStays(t *testing.T) {
	for endpoint, leave := range map[grantdtest.Endpoint]func(*grantd.TokenManager) error{
		grantdtest.Revocation: func(old *grantd.TokenManager) error { return old.Revoke(context.Background()) },
		grantdtest.Token: func(old *grantd.TokenManager) error {
			_, err := old.AccessToken(context.Background())
			return err
		},
	} {
		store := door{newPlace(), make(chan struct{}, 10)}
		issuer := grantdtest.New()
		flow := must(grantd.NewCodeFlow(app(issuer), "http://localhost/cb", append(settings(issuer), grantd.WithStore(store))...))
		login := must(flow.Begin(context.Background(), nil))
		old := must(flow.Finish(context.Background(), issuer.Approve(login.URL, nil), login, "ada"))
		issuer.Clock.Advance(2 * time.Hour)
		for len(store.came) > 0 {
			<-store.came
		}
		answers := make(chan struct{})
		requests := issuer.Count(endpoint)
		issuer.Faults.Next(endpoint, grantdtest.Until(answers))
		left, finished := make(chan error), make(chan error, 1)
		go func() { left <- leave(old) }()
		issuer.Wait(endpoint, requests+1)
		<-store.came
		login = must(flow.Begin(context.Background(), nil))
		var next *grantd.TokenManager
		go func() {
			var err error
			next, err = flow.Finish(context.Background(), issuer.Approve(login.URL, nil), login, "ada")
			finished <- err
		}()
		select {
		case <-store.came:
		case err := <-finished:
			done(t, err)
			finished <- nil
		}
		close(answers)
		done(t, <-left)
		done(t, <-finished)
		if kept := store.now(); kept == nil || kept.AccessToken != accessToken(t, next) {
			t.Fatal(endpoint, "the login is not in the store")
		}
	}
}

func TestALogoutEndsWhatAnotherProcessGot(t *testing.T) {
	store := newPlace()
	issuer, manager := user(t, grantd.WithStore(store))
	accessToken(t, manager)
	issuer.Clock.Advance(2 * time.Hour)
	accessToken(t, must(again(issuer, grantd.User{}, grantd.WithStore(store))))
	newest := store.now().RefreshToken
	done(t, manager.Revoke(context.Background()))
	if issuer.Last().Form.Get("token") != newest || store.now() != nil {
		t.Fatal("the login goes on")
	}
}

func TestAnEndedLoginOfItsOwnKeyIsDeleted(t *testing.T) {
	store := newPlace()
	issuer, manager := user(t, grantd.WithStore(store), grantd.WithDPoP(must(grantd.GenerateSigningKey())))
	issuer.Clock.Advance(2 * time.Hour)
	issuer.Faults.Next(grantdtest.Token, grantdtest.Reply(http.StatusBadRequest, map[string]string{"error": "invalid_grant"}))
	var gone *grantd.LoginRequiredError
	if _, err := manager.AccessToken(context.Background()); !errors.As(err, &gone) || store.now() != nil {
		t.Fatal(err)
	}
}
