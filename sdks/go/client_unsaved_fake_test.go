package grantd_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The client's scenarios of spec/vectors/scenarios.md about which tokens are newer, and about those that a store did not keep.

func TestNewestWithoutAClock(t *testing.T) {
	for _, ahead := range []time.Duration{0, time.Hour, -time.Hour} {
		store := newPlace()
		issuer, one := user(t, grantd.WithStore(store))
		clock := grantdtest.NewClock(issuer.Clock.Now().Add(ahead))
		two := must(again(issuer, grantd.User{}, grantd.WithStore(store), grantd.WithClock(clock)))
		bad := map[string]bool{}
		issuer.Serve(api, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if bad[r.Header.Get("Authorization")] {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}))
		for range 3 {
			for _, manager := range []*grantd.TokenManager{one, two} {
				bad["Bearer "+accessToken(t, manager)], bad["Bearer "+store.now().AccessToken] = true, true
				for _, caller := range []*grantd.TokenManager{manager, one, two} {
					if response, err := caller.Client().Get(api + "/x"); err != nil {
						t.Fatal(ahead, response, err)
					}
				}
			}
			issuer.Clock.Advance(-time.Hour)
		}
		var sent []string
		for _, request := range issuer.Requests(grantdtest.Token)[1:] {
			sent = append(sent, request.Form.Get("refresh_token"))
		}
		slices.Sort(sent)
		if len(sent) < 3 || len(slices.Compact(slices.Clone(sent))) != len(sent) {
			t.Fatal(ahead, "a refresh token was sent twice", sent)
		}
		// Nor do given tokens win because they say that they are younger.
		given := *store.now()
		given.ObtainedAt, given.AccessToken = given.ObtainedAt.Add(24*time.Hour), "given"
		must(again(issuer, grantd.User{Tokens: &given}, grantd.WithStore(store)))
		if store.now().AccessToken == "given" {
			t.Fatal("the store has tokens")
		}
	}
}

// failing is a login whose store fails at keeping what was renewed, and how often it was asked to.
func failing(t *testing.T, fail func() error) (issuer *grantdtest.Issuer, manager *grantd.TokenManager, kept *place, works *atomic.Bool, sets *atomic.Int32, token string) {
	t.Helper()
	kept, works, sets = newPlace(), &atomic.Bool{}, &atomic.Int32{}
	works.Store(true)
	store := settingStore{kept, func(context.Context) error {
		sets.Add(1)
		if works.Load() {
			return nil
		}
		return fail()
	}}
	issuer, manager = user(t, grantd.WithStore(store))
	issuer.Clock.Advance(2 * time.Hour)
	works.Store(false)
	var failed *grantd.StoreError
	if _, err := manager.AccessToken(context.Background()); !errors.As(err, &failed) {
		t.Fatal(err)
	}
	token = accessToken(t, manager)
	if sets.Load() != 2 || issuer.Count(grantdtest.Token) != 2 {
		t.Fatal("not used from memory")
	}
	return issuer, manager, kept, works, sets, token
}

type settingStore struct {
	*place
	before func(context.Context) error
}

func (s settingStore) Set(ctx context.Context, key string, tokens grantd.StoredTokens) error {
	if err := s.before(ctx); err != nil {
		return err
	}
	return s.place.Set(ctx, key, tokens)
}

func TestUnsavedTokens(t *testing.T) {
	full := func() error { return errors.New("disk full") }
	for name, fail := range map[string]func() error{
		"an error": full,
		"a panic":  func() error { panic("driver") },
		"an end":   func() error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			issuer, manager, kept, works, sets, token := failing(t, fail)
			for at, wait := range []time.Duration{4999 * time.Millisecond, time.Millisecond, 4999 * time.Millisecond, -time.Hour} {
				issuer.Clock.Advance(wait)
				for range 3 {
					if accessToken(t, manager) != token {
						t.Fatal("another token")
					}
					done(t, manager.Close())
				}
				if count := sets.Load(); count != []int32{2, 3, 3, 4}[at] {
					t.Fatal(at, count)
				}
			}
			works.Store(true)
			issuer.Clock.Advance(5 * time.Second)
			if accessToken(t, manager) != token {
				t.Fatal("another token")
			}
			done(t, manager.Close())
			if kept.now().AccessToken != token {
				t.Fatal("not saved")
			}
			issuer.Clock.Advance(time.Minute)
			accessToken(t, manager)
			done(t, manager.Close())
			if sets.Load() != 5 || issuer.Count(grantdtest.Token) != 2 {
				t.Fatal(sets.Load())
			}
		})
	}
	t.Run("a new login meanwhile", func(t *testing.T) {
		issuer, manager, kept, works, _, _ := failing(t, full)
		login := *kept.now()
		login.AccessToken, login.RefreshToken, login.ObtainedAt = "login", "fake_rt_login", issuer.Clock.Now().Add(-time.Minute)
		done(t, kept.Set(context.Background(), kept.key, login))
		works.Store(true)
		issuer.Clock.Advance(5 * time.Second)
		accessToken(t, manager)
		done(t, manager.Close())
		if accessToken(t, manager) != "login" || kept.now().AccessToken != "login" {
			t.Fatal("the login was replaced")
		}
	})
	t.Run("a new login before tokens are needed anew", func(t *testing.T) {
		issuer, manager, kept, works, _, _ := failing(t, full)
		login := *kept.now()
		login.AccessToken, login.RefreshToken = "login", "fake_rt_login"
		done(t, kept.Set(context.Background(), kept.key, login))
		works.Store(true)
		issuer.Clock.Advance(2 * time.Hour)
		_, _ = manager.AccessToken(context.Background())
		if said := issuer.Requests(grantdtest.Token)[2].Form.Get("refresh_token"); said != "fake_rt_login" {
			t.Fatal(said)
		}
	})
	t.Run("renewed without having been saved", func(t *testing.T) {
		issuer, manager, kept, works, _, _ := failing(t, full)
		old := kept.now().RefreshToken
		works.Store(true)
		issuer.Clock.Advance(2 * time.Hour)
		token := accessToken(t, manager)
		if said := issuer.Requests(grantdtest.Token)[2].Form.Get("refresh_token"); said == old || kept.now().AccessToken != token {
			t.Fatal("a refresh token was sent twice, or the new one not stored")
		}
	})
	t.Run("a logout", func(t *testing.T) {
		issuer, manager, kept, works, _, token := failing(t, full)
		done(t, kept.Delete(context.Background(), kept.key))
		works.Store(true)
		issuer.Clock.Advance(5 * time.Second)
		if accessToken(t, manager) != token {
			t.Fatal("another token")
		}
		done(t, manager.Close())
		var gone *grantd.LoginRequiredError
		if _, err := manager.AccessToken(context.Background()); kept.now() != nil || !errors.As(err, &gone) {
			t.Fatal(err)
		}
	})
	t.Run("a logout here", func(t *testing.T) {
		issuer, manager, kept, works, sets, _ := failing(t, full)
		old := kept.now().RefreshToken
		done(t, manager.Revoke(context.Background()))
		if issuer.Last().Form.Get("token") == old {
			t.Fatal("what is newest was not revoked")
		}
		works.Store(true)
		issuer.Clock.Advance(5 * time.Second)
		_, _ = manager.AccessToken(context.Background())
		done(t, manager.Close())
		if kept.now() != nil || sets.Load() != 2 {
			t.Fatal("the login is there again")
		}
	})
	t.Run("a caller who leaves while it is saved", func(t *testing.T) {
		issuer := grantdtest.New()
		ctx, leave := context.WithCancel(context.Background())
		store := settingStore{newPlace(), func(saving context.Context) error {
			leave()
			return saving.Err()
		}}
		flow := must(grantd.NewCodeFlow(app(issuer), "http://localhost/cb", append(settings(issuer), grantd.WithStore(store))...))
		login := must(flow.Begin(context.Background(), nil))
		_, err := flow.Finish(ctx, issuer.Approve(login.URL, nil), login, "ada")
		done(t, err)
	})
}

func TestNoDraftsAreLeft(t *testing.T) {
	directory, ctx := t.TempDir(), context.Background()
	store := grantd.NewFileStore(directory)
	tokens := grantd.StoredTokens{AccessToken: "a", TokenType: "Bearer", RefreshToken: "fake_rt", ObtainedAt: time.Unix(1, 0)}
	drafts := func(pattern string) int { return len(must(filepath.Glob(filepath.Join(directory, pattern)))) }
	done(t, os.Mkdir(filepath.Join(directory, "aaaa.json"), 0o700))
	done(t, os.WriteFile(filepath.Join(directory, "aaaa.json", "x"), nil, 0o600))
	if err := store.Set(ctx, "aaaa", tokens); err == nil || drafts("*.tmp") != 0 {
		t.Fatal(err, drafts("*.tmp"))
	}
	crash := func() {
		for _, name := range []string{"bbbb.AAAAAAAA.tmp", "bbbb._-_-_-_-.tmp", "bbbbb.AAAAAAAA.tmp", "bbbb.AAAA.tmp", "bbbb.AAAAAAA!.tmp", "bbb.AAAAAAAA.tmp"} {
			done(t, os.WriteFile(filepath.Join(directory, name), []byte("fake_rt"), 0o600))
		}
	}
	for _, call := range []func() error{
		func() error { return store.Set(ctx, "bbbb", tokens) },
		func() error { return store.Delete(ctx, "bbbb") },
		func() error { return store.Delete(ctx, "bbbb") },
	} {
		crash()
		done(t, call())
		if drafts("bbbb.AAAA.tmp") != 1 || drafts("*.tmp") != 4 {
			t.Fatal("a draft is left, or somebody else's is gone", drafts("*.tmp"))
		}
	}
	done(t, grantd.NewFileStore(filepath.Join(directory, "none")).Delete(ctx, "bbbb"))
}

func TestCheckedBeforeItIsSpent(t *testing.T) {
	issuer := grantdtest.New()
	flow := must(grantd.NewCodeFlow(app(issuer), "http://localhost/cb", settings(issuer)...))
	login := must(flow.Begin(context.Background(), nil))
	callback := issuer.Approve(login.URL, nil)
	_, err := flow.Finish(context.Background(), callback, login, "")
	isMisconfigured(t, err)
	_, err = flow.Finish(nil, callback, login, "ada")
	isMisconfigured(t, err)
	var foreign *grantd.CallbackError
	if _, err = flow.Finish(context.Background(), callback, grantd.Login{State: login.State}, "ada"); !errors.As(err, &foreign) {
		t.Fatal(err)
	}
	if issuer.Count(grantdtest.Token) != 0 {
		t.Fatal("the code is spent")
	}
	must(flow.Finish(context.Background(), callback, login, "ada"))
	device := must(grantd.NewDeviceFlow(app(issuer), settings(issuer)...))
	_, err = device.Login(context.Background(), "", func(grantd.DevicePrompt) {})
	isMisconfigured(t, err)
	_, err = device.Login(context.Background(), "ada", nil)
	isMisconfigured(t, err)
	_, err = device.Login(nil, "ada", func(grantd.DevicePrompt) {})
	isMisconfigured(t, err)
	if issuer.Count(grantdtest.Device) != 0 {
		t.Fatal("a device's code was asked for")
	}
}
