package grantd_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The client's scenarios of spec/vectors/scenarios.md against the built server.

func TestAcquire(t *testing.T) {
	server := demo(t)
	principal, err := server.verifier(t).Verify(context.Background(), accessToken(t, server.machine(t)))
	done(t, err)
	if principal.ClientID != "nightly-export" || !principal.Permits("invoices:read") || principal.Issuer != server.Issuer {
		t.Fatal(principal)
	}
}

func TestEveryWayToAuthenticateThatTheServerOffers(t *testing.T) {
	server := demo(t)
	for _, method := range []grantd.AuthMethod{grantd.AuthSecretBasic, grantd.AuthSecretPost} {
		config := server.client("nightly-export")
		config.AuthMethod = method
		accessToken(t, must(grantd.NewTokenManager(config)))
	}
	config := grantd.OAuthConfig{Issuer: server.Issuer, ClientID: "nightly-sync"}
	for _, client := range server.Clients {
		if client.ID == config.ClientID {
			config.PrivateKey = must(grantd.ParseSigningKey(client.JWK))
		}
	}
	accessToken(t, must(grantd.NewTokenManager(config)))
	config = server.client("nightly-export")
	config.ClientSecret = "no such secret, with signs: +&%ä"
	var refused *grantd.OAuthError
	_, err := must(grantd.NewTokenManager(config)).AccessToken(context.Background())
	if !errors.As(err, &refused) || refused.Code != "invalid_client" {
		t.Fatal(err)
	}
}

func TestCache(t *testing.T) {
	server := demo(t)
	counter, client := counting()
	manager := server.machine(t, client)
	first := accessToken(t, manager)
	if accessToken(t, manager) != first || counter.posted != 1 {
		t.Fatal("asked again")
	}
	other, elsewhere := must(manager.For("", "customers:read")), must(manager.For(server.api()))
	if accessToken(t, other) == first || accessToken(t, elsewhere) == first || counter.posted != 3 {
		t.Fatal("not a token of its own")
	}
}

func TestSingleFlight(t *testing.T) {
	counter, client := counting()
	manager := demo(t).machine(t, client)
	var all sync.WaitGroup
	tokens := make(chan string, 100)
	for range 100 {
		all.Add(1)
		go func() {
			defer all.Done()
			token, err := manager.AccessToken(context.Background())
			if err != nil {
				t.Error(err)
			}
			tokens <- token
		}()
	}
	all.Wait()
	first := <-tokens
	for range 99 {
		if <-tokens != first {
			t.Fatal("another token")
		}
	}
	if counter.posted != 1 {
		t.Fatal(counter.posted)
	}
}

func TestLibrariesThatTakeATokenSourceWork(t *testing.T) {
	server := demo(t)
	called := httptest.NewServer(server.verifier(t).Require("invoices:read")(http.NotFoundHandler()))
	defer called.Close()
	client := oauth2.NewClient(context.Background(), server.machine(t))
	response, err := client.Get(called.URL)
	done(t, err)
	if response.StatusCode != http.StatusNotFound {
		t.Fatal(response.Status)
	}
}

func TestALoginWhoseParametersArePushed(t *testing.T) {
	server := demo(t)
	_, client := counting()
	flow := server.flow(t, client, grantd.WithPushedRequests())
	login := must(flow.Begin(context.Background(), nil))
	if strings.Contains(login.URL, "code_challenge") {
		t.Fatal(login.URL)
	}
	accessToken(t, must(flow.Finish(context.Background(), server.approve(t, login.URL), login, "ada")))
}

func TestCodeWithPkce(t *testing.T) {
	server := demo(t)
	counter, client := counting()
	flow := server.flow(t, client)
	login := must(flow.Begin(context.Background(), nil))
	callback := server.approve(t, login.URL)
	before := counter.posted
	evil := must(url.Parse(callback))
	query := evil.Query()
	query.Set("iss", "https://evil.example.test")
	evil.RawQuery = query.Encode()
	for _, wrong := range []string{strings.Replace(callback, "state=", "state=x", 1), evil.String()} {
		var foreign *grantd.CallbackError
		if _, err := flow.Finish(context.Background(), wrong, login, "ada"); !errors.As(err, &foreign) || counter.posted != before {
			t.Fatal(err)
		}
	}
	manager := must(flow.Finish(context.Background(), callback, login, "ada"))
	principal := must(server.verifier(t).Verify(context.Background(), accessToken(t, manager)))
	if principal.ClientID != "ledger-web" || !principal.Permits("invoices:read") {
		t.Fatal(principal)
	}
}

// laterClock is an hour ahead: what was stored before is old.
type laterClock struct{}

func (laterClock) Now() time.Time { return time.Now().Round(0).Add(3599 * time.Second) }

func (laterClock) AfterFunc(d time.Duration, f func()) func() {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}

// What the other process of a scenario is told, and what it says.
type othersTask struct {
	Issuer, Secret, Directory string
}

type othersWord struct {
	Token  string
	Posted int
}

func otherProcess() {
	var task othersTask
	if err := json.Unmarshal([]byte(os.Getenv("GRANTD_OTHER_PROCESS")), &task); err != nil {
		panic(err)
	}
	counter, client := counting()
	config := grantd.OAuthConfig{
		Issuer: task.Issuer, ClientID: "ledger-web", ClientSecret: task.Secret, Scopes: []string{"offline_access", "invoices:read"},
	}
	store := grantd.WithStore(grantd.NewFileStore(task.Directory))
	ctx := context.Background()
	manager := must(grantd.ForUser(ctx, config, grantd.User{Subject: "ada"}, store, client, grantd.WithClock(laterClock{})))
	word := othersWord{Token: must(manager.AccessToken(ctx)), Posted: counter.posted}
	fmt.Println(string(must(json.Marshal(word))))
}

func TestRotationInTwoProcesses(t *testing.T) {
	server, directory := demo(t), t.TempDir()
	first := accessToken(t, server.loggedIn(t, grantd.WithStore(grantd.NewFileStore(directory))))
	secret := server.client("ledger-web").ClientSecret
	task := string(must(json.Marshal(othersTask{server.Issuer, secret, directory})))
	var all sync.WaitGroup
	var words [2]othersWord
	for at := range words {
		all.Add(1)
		go func() {
			defer all.Done()
			other := exec.Command(must(os.Executable()))
			other.Env = append(os.Environ(), "GRANTD_OTHER_PROCESS="+task)
			output, err := other.Output()
			if err != nil || json.Unmarshal(output, &words[at]) != nil {
				t.Error(err, string(output))
			}
		}()
	}
	all.Wait()
	if words[0].Token != words[1].Token || words[0].Token == first || words[0].Posted+words[1].Posted != 1 {
		t.Fatal(words[0].Posted, words[1].Posted)
	}
	clock := grantdtest.NewClock(time.Now().Add(8000 * time.Second))
	config := server.client("ledger-web", "offline_access", "invoices:read")
	options := []grantd.ManagerOption{grantd.WithStore(grantd.NewFileStore(directory)), grantd.WithClock(clock)}
	later := must(grantd.ForUser(context.Background(), config, grantd.User{Subject: "ada"}, options...))
	if accessToken(t, later) == words[0].Token {
		t.Fatal("the refresh token is dead")
	}
}

func TestInvalidGrantEndsTheLogin(t *testing.T) {
	server, directory := demo(t), t.TempDir()
	clock, store := grantdtest.NewClock(time.Now()), grantd.NewFileStore(directory)
	manager := server.loggedIn(t, grantd.WithStore(store), grantd.WithClock(clock))
	files := must(filepath.Glob(filepath.Join(directory, "*.json")))
	key := strings.TrimSuffix(filepath.Base(files[0]), ".json")
	tokens := must(store.Get(context.Background(), key))
	config := server.client("ledger-web", "offline_access", "invoices:read")
	user := grantd.User{Subject: "ada", Tokens: tokens}
	done(t, must(grantd.ForUser(context.Background(), config, user, grantd.WithClock(clock))).Revoke(context.Background()))
	clock.Advance(time.Hour)
	for range 2 {
		var ended *grantd.LoginRequiredError
		if _, err := manager.AccessToken(context.Background()); !errors.As(err, &ended) {
			t.Fatal(err)
		}
		if tokens, err := store.Get(context.Background(), key); tokens != nil || err != nil {
			t.Fatal("the store is not empty")
		}
	}
}

func TestApiKey(t *testing.T) {
	server := demo(t)
	asked := 0
	verifier := server.verifier(t, server.asking(false))
	called := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		verifier.Require("invoices:write")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			principal, _ := grantd.FromContext(r.Context())
			_, _ = fmt.Fprint(w, principal.Kind, r.Header.Get("X-Api-Key") != "")
		})).ServeHTTP(w, r)
	}))
	defer called.Close()
	good := must(grantd.NewAPIKey(server.APIKeys[0].Key))
	response, err := good.Client().Get(called.URL)
	done(t, err)
	var kind string
	if _, _ = fmt.Fscan(response.Body, &kind); response.StatusCode != 200 || kind != "api_keytrue" {
		t.Fatal(response.Status, kind)
	}
	bad := must(grantd.NewAPIKey(server.APIKeys[0].Key + "x"))
	response, err = bad.Client().Get(called.URL)
	done(t, err)
	if response.StatusCode != http.StatusUnauthorized || asked != 2 {
		t.Fatal(response.Status, asked)
	}
}
