package grantd_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The client's scenarios of spec/vectors/scenarios.md about keeping tokens, with a server which misbehaves, and a clock that obeys.

func accessToken(t *testing.T, manager *grantd.TokenManager) string {
	t.Helper()
	token, err := manager.AccessToken(context.Background())
	done(t, err)
	return token
}

func TestRefreshAhead(t *testing.T) {
	issuer, manager := machine(t)
	first := accessToken(t, manager)
	issuer.Clock.Advance(3539 * time.Second)
	if accessToken(t, manager) != first || issuer.Count(grantdtest.Token) != 1 {
		t.Fatal("refreshed too early")
	}
	answers := make(chan struct{})
	issuer.Faults.Next(grantdtest.Token, grantdtest.Until(answers))
	issuer.Clock.Advance(time.Second)
	for range 3 {
		if accessToken(t, manager) != first {
			t.Fatal("a caller waited")
		}
	}
	issuer.Wait(grantdtest.Token, 2)
	close(answers)
	done(t, manager.Close())
	if accessToken(t, manager) == first || issuer.Count(grantdtest.Token) != 2 {
		t.Fatal("the next call has the new token, after one request")
	}
}

func TestRefreshBlocksAtTheEnd(t *testing.T) {
	issuer, manager := machine(t)
	first := accessToken(t, manager)
	issuer.Clock.Advance(3595 * time.Second)
	if next := accessToken(t, manager); next == first || next != accessToken(t, manager) || issuer.Count(grantdtest.Token) != 2 {
		t.Fatal("callers wait for the new token")
	}
}

func TestFailedEarlyRefreshKeepsTheToken(t *testing.T) {
	for name, fault := range map[string]grantdtest.Fault{"503": grantdtest.Reply(503, "down"), "nothing": grantdtest.Unreachable} {
		t.Run(name, func(t *testing.T) {
			issuer, manager := machine(t)
			first := accessToken(t, manager)
			issuer.Faults.Always(grantdtest.Token, fault)
			issuer.Clock.Advance(3550 * time.Second)
			for _, step := range []struct {
				wait     time.Duration
				requests int
			}{{0, 2}, {4999 * time.Millisecond, 2}, {time.Millisecond, 3}, {39 * time.Second, 4}} {
				issuer.Clock.Advance(step.wait)
				if accessToken(t, manager) != first {
					t.Fatal("the good token is not handed out")
				}
				done(t, manager.Close())
				if count := issuer.Count(grantdtest.Token); count != step.requests {
					t.Fatalf("%d requests after %v", count, step.wait)
				}
			}
			issuer.Clock.Advance(6 * time.Second)
			_, err := manager.AccessToken(context.Background())
			var reply *grantd.ReplyError
			var network *grantd.NetworkError
			if name == "503" && !errors.As(err, &reply) || name != "503" && !errors.As(err, &network) {
				t.Fatal(err)
			}
			issuer.Faults.Mend()
			issuer.Clock.Advance(time.Second)
			if accessToken(t, manager) == first {
				t.Fatal("an ended token")
			}
		})
	}
}

// A waiting context counts those who wait.
type waiting struct {
	context.Context
	count *sync.WaitGroup
	once  *sync.Once
}

func (w waiting) Done() <-chan struct{} {
	w.once.Do(w.count.Done)
	return w.Context.Done()
}

func TestSingleFlightFailure(t *testing.T) {
	issuer, manager := machine(t)
	answers := make(chan struct{})
	opened := grantdtest.Until(answers)
	issuer.Faults.Next(grantdtest.Token, func(request *http.Request) (*http.Response, error) {
		if response, err := opened(request); err != nil {
			return response, err
		}
		return grantdtest.Reply(400, map[string]string{"error": "invalid_client", "error_description": "who?"})(request)
	})
	var all, waits sync.WaitGroup
	failures := make(chan error, 100)
	waits.Add(100)
	for range 100 {
		all.Add(1)
		go func() {
			defer all.Done()
			_, err := manager.AccessToken(waiting{context.Background(), &waits, &sync.Once{}})
			failures <- err
		}()
	}
	waits.Wait()
	close(answers)
	all.Wait()
	for range 100 {
		var failed *grantd.OAuthError
		if err := <-failures; !errors.As(err, &failed) || failed.Code != "invalid_client" || failed.Description != "who?" {
			t.Fatal(err)
		}
	}
	if issuer.Count(grantdtest.Token) != 1 {
		t.Fatal("more than one request")
	}
	// As long as trying again helps nobody, the failure is handed out again.
	issuer.Clock.Advance(5 * time.Second)
	accessToken(t, manager)
}

func TestACallerWhoLosesPatienceTakesNothingFromOthers(t *testing.T) {
	issuer, manager := machine(t)
	answers := make(chan struct{})
	issuer.Faults.Next(grantdtest.Token, grantdtest.Until(answers))
	impatient, leave := context.WithCancel(context.Background())
	left := make(chan error)
	go func() {
		_, err := manager.AccessToken(impatient)
		left <- err
	}()
	issuer.Wait(grantdtest.Token, 1)
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	close(answers)
	accessToken(t, manager)
	if issuer.Count(grantdtest.Token) != 1 {
		t.Fatal("the request of the impatient one was lost")
	}
}

// A store that notes what it is asked to keep, and can fail.
type notingStore struct {
	*grantd.MemoryStore
	note func(grantd.StoredTokens) error
}

func (s notingStore) Set(ctx context.Context, key string, tokens grantd.StoredTokens) error {
	if err := s.note(tokens); err != nil {
		return err
	}
	return s.MemoryStore.Set(ctx, key, tokens)
}

func TestRotationStoresFirst(t *testing.T) {
	var events []string
	store := notingStore{grantd.NewMemoryStore(), func(tokens grantd.StoredTokens) error {
		events = append(events, "stored "+tokens.RefreshToken)
		return nil
	}}
	issuer, manager := user(t, grantd.WithStore(store))
	issuer.Clock.Advance(time.Hour)
	accessToken(t, manager)
	events = append(events, "handed out")
	if len(events) != 3 || !strings.HasPrefix(events[1], "stored fake_rt") || events[0] == events[1] {
		t.Fatal(events)
	}
}

func TestAStoreThatFailsLosesNoRefreshToken(t *testing.T) {
	isFull := false
	store := notingStore{grantd.NewMemoryStore(), func(grantd.StoredTokens) error {
		if isFull {
			return errors.New("disk full")
		}
		return nil
	}}
	issuer, manager := user(t, grantd.WithStore(store))
	isFull = true
	issuer.Clock.Advance(time.Hour)
	var failed *grantd.StoreError
	if _, err := manager.AccessToken(context.Background()); !errors.As(err, &failed) {
		t.Fatal(err)
	}
	isFull = false
	accessToken(t, manager)
	if issuer.Count(grantdtest.Token) != 2 {
		t.Fatal("the code and one refresh")
	}
}

func TestAClockThatIsSetBackMakesNoTokenEternal(t *testing.T) {
	issuer, manager := machine(t)
	first := accessToken(t, manager)
	issuer.Clock.Advance(-time.Hour)
	if accessToken(t, manager) != first {
		t.Fatal("replaced")
	}
	issuer.Clock.Advance(2 * time.Hour)
	if accessToken(t, manager) == first || issuer.Count(grantdtest.Token) != 2 {
		t.Fatal("kept")
	}
}

func TestATokenIsForOneClientUserAPIAndSetOfPermissions(t *testing.T) {
	issuer, manager := machine(t)
	tokens := map[string]bool{}
	for _, other := range []*grantd.TokenManager{
		manager, must(manager.For("", "b:read")), must(manager.For("", "a:read", "b:read")), must(manager.For(api + "/v2")),
	} {
		tokens[accessToken(t, other)] = true
	}
	if len(tokens) != 4 || issuer.Count(grantdtest.Token) != 4 {
		t.Fatal(len(tokens))
	}
	if !tokens[accessToken(t, must(manager.For("", "b:read", "a:read", "b:read")))] || issuer.Count(grantdtest.Token) != 4 {
		t.Fatal("the same permissions are the same token")
	}
	_, login := user(t)
	var wrong *grantd.ConfigurationError
	if _, err := login.For("", "b:read"); !errors.As(err, &wrong) {
		t.Fatal(err)
	}
}

func TestACachedTokenAllocatesNothing(t *testing.T) {
	_, manager := machine(t)
	accessToken(t, manager)
	ctx := context.Background()
	if count := testing.AllocsPerRun(1000, func() { _, _ = manager.AccessToken(ctx); _, _ = manager.Token() }); count != 0 {
		t.Errorf("%v allocations", count)
	}
}
