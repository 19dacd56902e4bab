package grantd_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The client's scenarios of spec/vectors/scenarios.md about where a call goes, and what a browser gets of a login.

func TestBelowTheBase(t *testing.T) {
	for _, base := range []string{api + "/v1", api + "/v1/"} {
		issuer := grantdtest.New()
		var seen []string
		issuer.Serve(api, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			credential := "with"
			if r.Header.Get("Authorization")+r.Header.Get("X-Api-Key") == "" {
				credential = "without"
			}
			seen = append(seen, credential+" "+r.URL.RequestURI())
			if target := r.URL.Query().Get("to"); target != "" {
				http.Redirect(w, r, target, http.StatusTemporaryRedirect)
			}
		}))
		issuer.Serve("https://evil.example.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			seen = append(seen, "evil "+r.Header.Get("Authorization"))
		}))
		options := append(settings(issuer), grantd.WithBaseURL(base))
		manager := must(grantd.NewTokenManager(nightly(issuer), options...))
		key := must(grantd.NewAPIKey("key-of-the-api", options...))
		for _, client := range []*http.Client{manager.Client(), key.Client()} {
			for address, want := range map[string][]string{
				"customers":             {"with /v1/customers"},
				"/customers?page=2":     {"with /v1/customers?page=2"},
				"/a%2Fb/c%20d":          {"with /v1/a%2Fb/c%20d"},
				"":                      {"with /v1"},
				api + "/v1/customers":   {"with /v1/customers"},
				"customers?to=/v1/next": {"with /v1/customers?to=/v1/next", "with /v1/next"},
				"customers?to=/v2/next": {"with /v1/customers?to=/v2/next", "without /v2/next"},
				"customers?to=https://evil.example.test/": {"with /v1/customers?to=https://evil.example.test/", "evil "},
			} {
				seen = nil
				response, err := client.Get(address)
				done(t, err)
				_, _ = io.Copy(io.Discard, response.Body)
				if !slices.Equal(seen, want) {
					t.Errorf("%q: %q", address, seen)
				}
			}
			seen = nil
			for _, address := range []string{
				"https://evil.example.test/v1/customers", "//evil.example.test/v1/customers", "..", "../admin", "/../admin", "customers/../../admin",
				"%2e%2e/admin", "customers/..%2f..%2fadmin", api + "/admin", api + "/v10", api + "/v1/../admin", api, "mailto:a@example.test",
				"https://u:p@api.example.test/v1/customers", "http://api.example.test/v1/customers", "customers\\..\\..\\admin",
			} {
				_, err := client.Get(address)
				isMisconfigured(t, err)
			}
			if len(seen) != 0 {
				t.Fatal(seen)
			}
		}
	}
	for _, base := range []string{"", "/v1", "http://api.example.test", "https://u:p@api.example.test", api + "?x=1", api + "#x", api + "/a/../b"} {
		_, err := grantd.NewAPIKey("key-of-the-api", grantd.WithBaseURL(base))
		isMisconfigured(t, err)
	}
}

func TestRequiredPushedRequest(t *testing.T) {
	for name, options := range map[string][]grantd.ManagerOption{"required": nil, "wanted": {grantd.WithPushedRequests()}} {
		issuer := grantdtest.New()
		if name == "required" {
			issuer.Metadata = grantdtest.Claims{"require_pushed_authorization_requests": true}
		}
		config := nightly(issuer)
		options = append(append(settings(issuer), options...), grantd.WithDPoP(must(grantd.GenerateSigningKey())))
		flow := must(grantd.NewCodeFlow(config, "http://localhost/cb", options...))
		login := must(flow.Begin(context.Background(), url.Values{"prompt": {"login"}, "request_uri": {"urn:mine"}}))
		pushed := issuer.Last()
		user, secret, _ := (&http.Request{Header: pushed.Header}).BasicAuth()
		if pushed.Endpoint != grantdtest.Pushed || user != "nightly" || secret != "hush-hush" || pushed.Header.Get("DPoP") == "" {
			t.Fatal(name, pushed)
		}
		for parameter, want := range map[string]string{
			"response_type": "code", "redirect_uri": "http://localhost/cb", "state": login.State, "code_challenge_method": "S256",
			"scope": "a:read", "prompt": "login", "request_uri": "",
		} {
			if said := pushed.Form.Get(parameter); said != want {
				t.Errorf("%s: %s %q", name, parameter, said)
			}
		}
		query := must(url.Parse(login.URL)).Query()
		if len(query) != 2 || query.Get("client_id") != "nightly" || !strings.HasPrefix(query.Get("request_uri"), "urn:ietf:params:oauth:request_uri:") {
			t.Fatal(name, login.URL)
		}
		accessToken(t, must(flow.Finish(context.Background(), issuer.Approve(login.URL, nil), login, "ada")))
	}
	issuer := grantdtest.New()
	issuer.Metadata = grantdtest.Claims{"require_pushed_authorization_requests": true, "pushed_authorization_request_endpoint": nil}
	flow := must(grantd.NewCodeFlow(nightly(issuer), "http://localhost/cb", settings(issuer)...))
	if _, err := flow.Begin(context.Background(), nil); err == nil {
		t.Fatal("a server that requires what it does not offer")
	}
}

func TestAGeneratedKeyCanBeKept(t *testing.T) {
	key := must(grantd.GenerateSigningKey())
	if kept := must(grantd.ParseSigningKey(must(key.PrivateJWK()))); kept.Thumbprint() != key.Thumbprint() {
		t.Fatal("another key")
	}
	elsewhere := must(grantd.NewSigningKey(hardware{must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}, ""))
	_, err := elsewhere.PrivateJWK()
	isMisconfigured(t, err)
	var none grantd.SigningKey
	_, err = none.PrivateJWK()
	isMisconfigured(t, err)
	if none.Thumbprint() != "" || none.PublicJWK() != nil {
		t.Fatal("an empty key")
	}
}

// A hardware key signs, and does not come out.
type hardware struct{ crypto.Signer }
