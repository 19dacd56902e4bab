package grantd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The client's scenarios of spec/vectors/scenarios.md about logins, replies of the token endpoint, and what is printed.

// user is somebody who has just logged in.
func user(t *testing.T, options ...grantd.ManagerOption) (*grantdtest.Issuer, *grantd.TokenManager) {
	t.Helper()
	issuer := grantdtest.New()
	config := grantd.OAuthConfig{Issuer: issuer.URL, ClientID: "app", Scopes: []string{"offline_access"}}
	flow := must(grantd.NewCodeFlow(config, "http://localhost/cb", append(settings(issuer), options...)...))
	login := must(flow.Begin(context.Background(), nil))
	return issuer, must(flow.Finish(context.Background(), issuer.Approve(login.URL, nil), login, "ada"))
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
	refusal := issuer.Approve(login.URL, grantdtest.Claims{"error": "access_denied", "error_description": "no\r\n\x1b[2J\u2028!"})
	if err := finish(refusal, login); !errors.As(err, &denied) || denied.Code != "access_denied" || issuer.Count(grantdtest.Token) != 0 {
		t.Fatal(err)
	}
	if denied.Error() != "grantd: access_denied: no[2J!" {
		t.Fatalf("%q", denied.Error())
	}
	done(t, finish(good, login))
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
	issuer.Clock.Advance(time.Second)
	accessToken(t, manager)
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
	// What is in a field that fmt cannot ask is behind a pointer; plain data is not, and the README says so.
	hidden := struct {
		manager   *grantd.TokenManager
		key       *grantd.APIKey
		verifier  *grantd.Verifier
		principal grantd.Principal
		pointed   *grantd.Principal
		signing   *grantd.SigningKey
		failed    error
	}{manager, must(grantd.NewAPIKey("key-of-the-api")), verifier, *principal, principal, must(grantd.GenerateSigningKey()), failed}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		text := fmt.Sprintf(verb, hidden)
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %.8s of a field: %.2000s", verb, secret, text)
			}
		}
	}
	for _, thing := range []any{
		config, manager, store, verifier, principal, *principal, holder, asking,
		grantd.User{RefreshToken: "fake_rt", Tokens: &stored}, must(grantd.GenerateSigningKey()),
	} {
		text := string(must(json.Marshal(thing)))
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%T as JSON shows %.8s", thing, secret)
			}
		}
	}
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
