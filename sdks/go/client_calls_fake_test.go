package grantd_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The client's scenarios of spec/vectors/scenarios.md about calls of an API: what is sent again, and to whom nothing is sent.

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

func TestARedirectThatComesBackFromElsewhereBringsNoCredential(t *testing.T) {
	for name, strip := range map[string]bool{"told": false, "not told": true} {
		issuer, manager := machine(t)
		key := must(grantd.NewAPIKey("key-of-the-api", settings(issuer)...))
		var seen []string
		issuer.Serve(api, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, r.URL.Path+" "+r.Header.Get("Authorization")+r.Header.Get("X-Api-Key"))
			if r.URL.Path == "/" {
				http.Redirect(w, r, "https://evil.example.test/", http.StatusTemporaryRedirect)
			}
		}))
		issuer.Serve("https://evil.example.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, "evil "+r.Header.Get("Authorization")+r.Header.Get("X-Api-Key"))
			http.Redirect(w, r, api+"/admin?delete=all", http.StatusTemporaryRedirect)
		}))
		network := issuer.Client().Transport
		if strip {
			network = untold{network}
		}
		for _, transport := range []http.RoundTripper{manager.Transport(network), key.Transport(network)} {
			seen = nil
			_, err := (&http.Client{Transport: transport}).Get(api + "/")
			done(t, err)
			if len(seen) != 3 || seen[0] == "/ " || seen[1] != "evil " || seen[2] != "/admin " {
				t.Errorf("%s: %q", name, seen)
			}
		}
	}
}

// untold carries requests, and does not say in its replies which.
type untold struct{ http.RoundTripper }

func (u untold) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := u.RoundTripper.RoundTrip(request)
	if response != nil {
		response.Request = nil
	}
	return response, err
}

func TestALateRefusalDoesNotBringBackATokenThatWasRefusedSince(t *testing.T) {
	issuer, manager := machine(t)
	first := "Bearer " + accessToken(t, manager)
	arrived, answers := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	refused := map[string]bool{}
	issuer.Serve(api, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		credential := r.Header.Get("Authorization")
		if r.URL.Path == "/late" && credential == first {
			close(arrived)
			<-answers
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if refused[credential] {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	late := make(chan error)
	go func() {
		_, err := manager.Client().Get(api + "/late")
		late <- err
	}()
	<-arrived
	refuse := func(credential string) {
		mu.Lock()
		defer mu.Unlock()
		refused[credential] = true
	}
	refuse(first)
	get := func() {
		_, err := manager.Client().Get(api + "/x")
		done(t, err)
	}
	get()
	second := accessToken(t, manager)
	refuse("Bearer " + second)
	// Nobody can have a new one for now.
	issuer.Faults.Always(grantdtest.Token, grantdtest.Reply(503, "down"))
	get()
	close(answers)
	done(t, <-late)
	if token, err := manager.AccessToken(context.Background()); err == nil {
		t.Fatal("a refused token was handed out again", token == second)
	}
}
