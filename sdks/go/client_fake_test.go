package grantd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The client's scenarios of spec/vectors/scenarios.md that need a server which misbehaves, and a clock that obeys.

func accessToken(t *testing.T, manager *grantd.TokenManager) string {
	t.Helper()
	token, err := manager.AccessToken(context.Background())
	done(t, err)
	return token
}

// user is somebody who has just logged in.
func user(t *testing.T, options ...grantd.ManagerOption) (*grantdtest.Issuer, *grantd.TokenManager) {
	t.Helper()
	issuer := grantdtest.New()
	config := grantd.OAuthConfig{Issuer: issuer.URL, ClientID: "app", Scopes: []string{"offline_access"}}
	flow := must(grantd.NewCodeFlow(config, "http://localhost/cb", append(settings(issuer), options...)...))
	login := must(flow.Begin(context.Background(), nil))
	return issuer, must(flow.Finish(context.Background(), issuer.Approve(login.URL, nil), login, "ada"))
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

// serve has an API in the fake network that answers with what respond says, and keeps the credentials and bodies that came.
func serve(issuer *grantdtest.Issuer, respond func(w http.ResponseWriter, number int)) *calls {
	seen := &calls{}
	issuer.Serve(api, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		respond(w, seen.add(r.Header.Get("Authorization"), string(body)))
	}))
	return seen
}

type calls struct {
	mu             sync.Mutex
	tokens, bodies []string
}

func (c *calls) add(token, body string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens, c.bodies = append(c.tokens, token), append(c.bodies, body)
	return len(c.tokens)
}

func (c *calls) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.tokens)
}

func post(t *testing.T, client *http.Client, body io.Reader) *http.Response {
	t.Helper()
	response, err := client.Post(api+"/x", "text/plain", body)
	done(t, err)
	_ = response.Body.Close()
	return response
}

func TestRetryOnceOn401(t *testing.T) {
	issuer, manager := machine(t)
	refuses := 1
	seen := serve(issuer, func(w http.ResponseWriter, _ int) {
		if refuses--; refuses >= 0 {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	accessToken(t, manager)
	if post(t, manager.Client(), strings.NewReader("order")).StatusCode != http.StatusOK || seen.count() != 2 {
		t.Fatal("not sent again")
	}
	if seen.tokens[0] == seen.tokens[1] || !slices.Equal(seen.bodies, []string{"order", "order"}) {
		t.Fatal(seen.bodies)
	}
	refuses = 2
	if post(t, manager.Client(), strings.NewReader("order")).StatusCode != http.StatusUnauthorized || seen.count() != 4 {
		t.Fatal("the second refusal is the caller's")
	}
	if issuer.Count(grantdtest.Token) != 3 {
		t.Fatal(issuer.Count(grantdtest.Token))
	}
}

func TestATokenThatWasJustObtainedIsNotReplaced(t *testing.T) {
	issuer, manager := machine(t)
	seen := serve(issuer, func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusUnauthorized) })
	if post(t, manager.Client(), nil).StatusCode != 401 || seen.count() != 1 || issuer.Count(grantdtest.Token) != 1 {
		t.Fatal("sent again")
	}
}

func TestNoRetryOnInsufficientScope(t *testing.T) {
	issuer, manager := machine(t)
	seen := serve(issuer, func(w http.ResponseWriter, _ int) {
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="a:read a:write"`)
		w.WriteHeader(http.StatusForbidden)
	})
	accessToken(t, manager)
	var lacks *grantd.InsufficientScopeError
	err := grantd.CheckScope(post(t, manager.Client(), nil))
	if !errors.As(err, &lacks) || !slices.Equal(lacks.Scopes, []string{"a:read", "a:write"}) {
		t.Fatal(err)
	}
	if seen.count() != 1 || issuer.Count(grantdtest.Token) != 1 {
		t.Fatal("more than one request")
	}
}

func TestNoRetryOfAStream(t *testing.T) {
	issuer, manager := machine(t)
	seen := serve(issuer, func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusUnauthorized) })
	accessToken(t, manager)
	stream := io.MultiReader(strings.NewReader("part"))
	if post(t, manager.Client(), stream).StatusCode != http.StatusUnauthorized || !slices.Equal(seen.bodies, []string{"part"}) {
		t.Fatal(seen.bodies)
	}
}

func TestARetryDropsOnlyTheRefusedToken(t *testing.T) {
	issuer, manager := machine(t)
	first := "Bearer " + accessToken(t, manager)
	var mu sync.Mutex
	tokens := map[string]bool{}
	issuer.Serve(api, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		tokens[r.Header.Get("Authorization")] = true
		if r.Header.Get("Authorization") == first {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	client := manager.Client()
	var all sync.WaitGroup
	for range 50 {
		all.Add(1)
		go func() {
			defer all.Done()
			response, err := client.Get(api + "/x")
			if err != nil || response.StatusCode != http.StatusOK {
				t.Error(response, err)
			}
		}()
	}
	all.Wait()
	if issuer.Count(grantdtest.Token) != 2 || len(tokens) != 2 {
		t.Fatal(issuer.Count(grantdtest.Token), len(tokens))
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

// A pacingClock rings at once, and notes for how long it was asked to wait.
type pacingClock struct {
	*grantdtest.Clock
	timeout time.Duration
	pauses  *[]float64
}

func (c pacingClock) AfterFunc(d time.Duration, f func()) func() {
	if d >= c.timeout {
		return c.Clock.AfterFunc(d, f)
	}
	*c.pauses = append(*c.pauses, d.Seconds())
	c.Advance(d)
	return c.Clock.AfterFunc(0, f)
}

func TestDevice(t *testing.T) {
	issuer := grantdtest.New()
	var pauses []float64
	clock := pacingClock{issuer.Clock, time.Minute + time.Second, &pauses}
	options := append(settings(issuer), grantd.WithClock(clock), grantd.WithTimeout(time.Hour))
	config := grantd.OAuthConfig{Issuer: issuer.URL, ClientID: "tv", Scopes: []string{"a:read"}}
	flow := must(grantd.NewDeviceFlow(config, options...))
	var shown grantd.DevicePrompt
	login := func(answers ...grantdtest.Fault) error {
		issuer.Faults.Next(grantdtest.Token, answers...)
		_, err := flow.Login(context.Background(), "ada", func(prompt grantd.DevicePrompt) { shown = prompt })
		return err
	}
	answer := func(code string) grantdtest.Fault { return grantdtest.Reply(400, map[string]string{"error": code}) }
	pending := answer("authorization_pending")
	done(t, login(pending, answer("slow_down"), grantdtest.Unreachable, pending))
	if !slices.Equal(pauses, []float64{5, 5, 10, 20, 20}) || shown.UserCode != "BCDF-GHJK" {
		t.Fatal(pauses, shown)
	}
	var ended *grantd.OAuthError
	for _, code := range []string{"access_denied", "expired_token"} {
		if err := login(answer(code)); !errors.As(err, &ended) || ended.Code != code {
			t.Fatal(err)
		}
	}
	issuer.Faults.Always(grantdtest.Token, pending)
	if err := login(); !errors.As(err, &ended) || ended.Code != "expired_token" {
		t.Fatal(err)
	}
}

func TestHangingServer(t *testing.T) {
	issuer, manager := machine(t)
	issuer.Faults.Next(grantdtest.Token, grantdtest.Hang)
	outcome := make(chan error)
	go func() {
		_, err := manager.AccessToken(context.Background())
		outcome <- err
	}()
	issuer.Wait(grantdtest.Token, 1)
	issuer.Clock.Advance(10 * time.Second)
	var network *grantd.NetworkError
	if err := <-outcome; !errors.Is(err, grantd.ErrTimeout) || !errors.As(err, &network) || !network.Timeout() {
		t.Fatal(err)
	}
	accessToken(t, manager)
}

func TestAnAPIThatNeverAnswersEndsInATimeout(t *testing.T) {
	issuer, manager := machine(t)
	arrived, never := make(chan struct{}), make(chan struct{})
	defer close(never)
	issuer.Serve(api, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-never
	}))
	outcome := make(chan error)
	go func() {
		_, err := manager.Client().Get(api + "/x")
		outcome <- err
	}()
	<-arrived
	issuer.Clock.Advance(30 * time.Second)
	if err := <-outcome; !errors.Is(err, grantd.ErrTimeout) {
		t.Fatal(err)
	}
}

func TestAClientSendsNothingToALyingIssuer(t *testing.T) {
	for _, lie := range []grantdtest.Claims{
		{"issuer": "https://evil.example.test"}, {"token_endpoint": "http://id.example.test/token"}, {"token_endpoint": nil},
	} {
		issuer, manager := machine(t)
		issuer.Metadata = lie
		var untrusted *grantd.DiscoveryError
		if _, err := manager.AccessToken(context.Background()); !errors.As(err, &untrusted) || issuer.Count(grantdtest.Token) != 0 {
			t.Fatal(err)
		}
	}
	issuer, manager := machine(t)
	issuer.Faults.Next(grantdtest.Token, grantdtest.Reply(307, "", "Location", "https://evil.example.test/"))
	var redirect *grantd.ReplyError
	if _, err := manager.AccessToken(context.Background()); !errors.As(err, &redirect) || issuer.Count(grantdtest.Token) != 1 {
		t.Fatal(err)
	}
}

func TestACredentialGoesToNoOtherOriginAndNeverInClear(t *testing.T) {
	issuer, bound := machine(t, grantd.WithAllowedOrigins(api))
	var wrong *grantd.ConfigurationError
	if _, err := bound.Client().Get("https://evil.example.test/"); !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	free := must(grantd.NewTokenManager(nightly(issuer), settings(issuer)...))
	if _, err := free.Client().Get("http://api.example.test/"); !errors.As(err, &wrong) {
		t.Fatal(err)
	}
}

func TestARedirectToAnotherOriginGoesThereWithoutTheCredential(t *testing.T) {
	issuer, manager := machine(t)
	key := must(grantd.NewAPIKey("key-of-the-api", settings(issuer)...))
	issuer.Serve(api, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization")+r.Header.Get("X-Api-Key") == "" {
			t.Error("the API got no credential")
		}
		target := "https://evil.example.test/"
		if r.URL.Path == "/own" {
			target = api + "/next"
		}
		http.Redirect(w, r, target, http.StatusFound)
	}))
	arrived := 0
	issuer.Serve("https://evil.example.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived++
		if got := r.Header.Get("Authorization") + r.Header.Get("X-Api-Key"); got != "" {
			t.Error("the credential went along")
		}
	}))
	for _, client := range []*http.Client{manager.Client(), key.Client()} {
		for _, path := range []string{"/", "/own"} {
			_, err := client.Get(api + path)
			done(t, err)
		}
	}
	if arrived != 4 {
		t.Fatal(arrived)
	}
}

func TestAReplyThatIsNoTokenReplyIsAnError(t *testing.T) {
	good := func(change map[string]any) map[string]any {
		reply := map[string]any{"access_token": "t", "token_type": "Bearer", "expires_in": 60}
		for name, value := range change {
			reply[name] = value
		}
		return reply
	}
	for _, body := range []any{
		"<html>", []int{}, `{"access_token":"a","access_token":"b","token_type":"Bearer"}`,
		good(map[string]any{"access_token": 1}), good(map[string]any{"access_token": ""}), good(map[string]any{"access_token": "a b"}),
		good(map[string]any{"token_type": "mac"}), good(map[string]any{"token_type": nil}), good(map[string]any{"expires_in": "60"}),
		good(map[string]any{"refresh_token": nil}), good(map[string]any{"padding": strings.Repeat("x", 1024*1024)}),
	} {
		issuer, manager := machine(t)
		issuer.Faults.Next(grantdtest.Token, grantdtest.Reply(200, body))
		var malformed *grantd.ReplyError
		if _, err := manager.AccessToken(context.Background()); !errors.As(err, &malformed) {
			t.Errorf("%.60v: %v", body, err)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	store := grantd.NewMemoryStore()
	issuer, manager := machine(t, grantd.WithStore(store))
	token := accessToken(t, manager)
	_, login := user(t, grantd.WithStore(store))
	config := nightly(issuer)
	issuer.Faults.Next(grantdtest.Token, grantdtest.Reply(401, map[string]string{"error": "invalid_client"}))
	_, failed := must(manager.For("", "b:read")).AccessToken(context.Background())
	asking := grantd.Introspection{Client: config}
	verifier := believing(t, issuer, grantd.WithIntrospection(asking))
	principal := must(verifier.Verify(context.Background(), issuer.Mint(nil)))
	_, refusal := verifier.Verify(context.Background(), token+"x")
	stored := grantd.StoredTokens{AccessToken: token, RefreshToken: "fake_rt"}
	holder := struct {
		Config   grantd.OAuthConfig
		inner    *grantd.TokenManager
		verifier *grantd.Verifier
	}{config, manager, verifier}
	things := []any{
		config, &config, manager, login, store, must(grantd.NewAPIKey("key-of-the-api")), failed, verifier, principal, *principal, refusal,
		stored, &stored, must(grantd.GenerateSigningKey()), manager.Transport(nil), holder, &holder, asking, &asking,
		grantd.User{RefreshToken: "fake_rt"}, grantd.Login{State: "fake_rt", CodeVerifier: "fake_rt"},
		must(grantd.NewCodeFlow(config, "http://localhost/cb")), must(grantd.NewDeviceFlow(config)),
	}
	secrets := []string{token, accessToken(t, login), principal.Token(), "hush-hush", "key-of-the-api", "fake_rt"}
	for _, thing := range things {
		var logged bytes.Buffer
		slog.New(slog.NewTextHandler(&logged, nil)).Info("it", "thing", thing)
		printed := []string{
			fmt.Sprint(thing), fmt.Sprintf("%+v", thing), fmt.Sprintf("%#v", thing), fmt.Sprintf("%s", thing), fmt.Sprintf("%q", thing),
			fmt.Sprintf("%x", thing), fmt.Sprintf("%d", thing), logged.String(),
		}
		for _, secret := range secrets {
			if slices.ContainsFunc(printed, func(text string) bool { return strings.Contains(text, secret) }) {
				t.Errorf("%T shows %.8s: %.300s", thing, secret, printed)
			}
		}
	}
	for _, thing := range []any{config, manager, store, verifier, principal, *principal, holder} {
		text := string(must(json.Marshal(thing)))
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%T as JSON shows %.8s", thing, secret)
			}
		}
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

func TestACallbackOfAnotherLoginOrServerIsRefusedBeforeAnyRequest(t *testing.T) {
	issuer := grantdtest.New()
	config := grantd.OAuthConfig{Issuer: issuer.URL, ClientID: "app"}
	flow := must(grantd.NewCodeFlow(config, "http://localhost/cb", settings(issuer)...))
	login := must(flow.Begin(context.Background(), url.Values{"prompt": {"login"}, "state": {"mine"}}))
	query := must(url.Parse(login.URL)).Query()
	if query.Get("state") != login.State || query.Get("prompt") != "login" {
		t.Fatal(login.URL)
	}
	good := issuer.Approve(login.URL, nil)
	bad := []string{
		issuer.Approve(login.URL, grantdtest.Claims{"state": "other"}),
		issuer.Approve(login.URL, grantdtest.Claims{"iss": "https://evil.example.test"}),
		issuer.Approve(login.URL, grantdtest.Claims{"iss": nil}),
		issuer.Approve(login.URL, grantdtest.Claims{"code": ""}),
		good + "&code=again", good + "&iss=" + url.QueryEscape(issuer.URL), good + "&%zz", "http://localhost/cb",
	}
	finish := func(callback string, login grantd.Login) error {
		_, err := flow.Finish(context.Background(), callback, login, "ada")
		return err
	}
	var foreign *grantd.CallbackError
	for _, callback := range bad {
		if err := finish(callback, login); !errors.As(err, &foreign) {
			t.Errorf("%s: %v", callback, err)
		}
	}
	if err := finish("http://localhost/cb?state=&code=x&iss="+url.QueryEscape(issuer.URL), grantd.Login{}); !errors.As(err, &foreign) {
		t.Error("a login that never began")
	}
	var denied *grantd.OAuthError
	refusal := issuer.Approve(login.URL, grantdtest.Claims{"error": "access_denied"})
	if err := finish(refusal, login); !errors.As(err, &denied) || denied.Code != "access_denied" || issuer.Count(grantdtest.Token) != 0 {
		t.Fatal(err)
	}
	done(t, finish(good, login))
}

func TestAConfigurationThatContradictsItselfIsAnError(t *testing.T) {
	good := grantd.OAuthConfig{Issuer: "https://id.example.test", ClientID: "a", ClientSecret: "s"}
	for name, change := range map[string]func(*grantd.OAuthConfig){
		"no client":                       func(c *grantd.OAuthConfig) { c.ClientID = "" },
		"plain http":                      func(c *grantd.OAuthConfig) { c.Issuer = "http://id.example.test" },
		"no issuer":                       func(c *grantd.OAuthConfig) { c.Issuer = "" },
		"nobody to act for":               func(c *grantd.OAuthConfig) { c.ClientSecret = "" },
		"a key that is not there":         func(c *grantd.OAuthConfig) { c.AuthMethod = grantd.AuthPrivateKeyJWT },
		"a scope with a space":            func(c *grantd.OAuthConfig) { c.Scopes = []string{"a b"} },
		"a way that nobody knows":         func(c *grantd.OAuthConfig) { c.AuthMethod = "psychic" },
		"a secret where none is to be of": func(c *grantd.OAuthConfig) { c.AuthMethod = grantd.AuthNone },
	} {
		config := good
		change(&config)
		var wrong *grantd.ConfigurationError
		if _, err := grantd.NewTokenManager(config); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
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
