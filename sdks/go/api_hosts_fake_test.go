package grantd_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The API's scenarios of spec/vectors/scenarios.md about where a request came, how often it is verified, and what it presents.

// proving is a client with a key, and what its call of an address carried.
func proving(t *testing.T, issuer *grantdtest.Issuer) (prove func(address, host string) http.Header) {
	t.Helper()
	var sent http.Header
	client := issuer.Client()
	network := client.Transport
	client.Transport = transported(func(request *http.Request) (*http.Response, error) {
		if strings.HasPrefix(request.URL.String(), issuer.URL) {
			return network.RoundTrip(request)
		}
		sent = request.Header.Clone()
		return grantdtest.Reply(200, "")(request)
	})
	key := grantd.WithDPoP(must(grantd.GenerateSigningKey()))
	manager := must(grantd.NewTokenManager(nightly(issuer), append(settings(issuer), grantd.WithHTTPClient(client), key)...))
	return func(address, host string) http.Header {
		t.Helper()
		request := must(http.NewRequest(http.MethodGet, address, nil))
		if host != "" {
			request.Host = host
		}
		_, err := manager.Client().Do(request)
		done(t, err)
		return sent
	}
}

type transported func(*http.Request) (*http.Response, error)

func (f transported) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// arrived is a request as a server has it.
func arrived(host, target string, header http.Header) *http.Request {
	address, err := url.ParseRequestURI(target)
	if err != nil {
		address = &url.URL{Path: target}
	}
	request := &http.Request{Method: http.MethodGet, URL: address, Host: host, RequestURI: target, Header: header}
	withTLS(request)
	return request
}

func TestHostIsNoPath(t *testing.T) {
	issuer, verifier := verifying(t)
	told := believing(t, issuer, grantd.WithOrigin(api))
	prove := proving(t, issuer)
	bearer := http.Header{"Authorization": {"Bearer " + issuer.Mint(nil)}}
	judge := func(verifier *grantd.Verifier, request *http.Request) string {
		_, err := verifier.Authenticate(request)
		return reasonOf(t, err)
	}
	for _, host := range []string{
		"api.example.test/x?", "api.example.test/x#", "api.example.test/x", "api.example.test?", "api.example.test#", "a@api.example.test",
		`api.example.test\x`, `api.example.test\`, " api.example.test", "api.example.test ", "api.example.test\x00", "", ":443",
		"api.example.test:443/x?", "api.example.test:x", "api.example.test:443:443", "[::1", "::1", "b\u00fccher.test", "a%zz",
	} {
		request := arrived(host, "/admin", prove(api+"/x", ""))
		if said := judge(verifier, request); said != "proof_url" {
			t.Errorf("%q: %s", host, said)
		}
		if said := judge(verifier, arrived(host, "/x", bearer)); said != "ok" {
			t.Errorf("a bearer token for %q: %s", host, said)
		}
		if said := judge(told, request); said != "proof_url" {
			t.Errorf("another path passes: %q", host)
		}
		if said := judge(told, arrived(host, "/x", prove(api+"/x", ""))); said != "ok" {
			t.Errorf("where the origin is given Host is not looked at: %q: %s", host, said)
		}
	}
	for _, one := range []struct{ host, target, proven, reason string }{
		{"api.example.test", "/x?y=1", api + "/x", "ok"},
		{"API.example.test:443", "/%78", api + "/x", "ok"},
		{"api.example.test", "?", api + "/", "proof_url"},
		{"api.example.test", "*", api + "/", "proof_url"},
		{"api.example.test", "api.example.test:443", api + "/", "proof_url"},
		{"api.example.test", "/x#y", api + "/x", "proof_url"},
		{"api.example.test", "/x%zz", api + "/x", "proof_url"},
		{"api.example.test", "//evil.example.test/x", api + "//evil.example.test/x", "ok"},
		{"api.example.test", "//evil.example.test/x", "https://evil.example.test/x", "proof_url"},
		// In absolute form the path is the target's, and the host is not.
		{"api.example.test", "http://evil.example.test/x?y=1", api + "/x", "ok"},
		{"api.example.test", "http://evil.example.test", api + "/", "ok"},
		{"api.example.test", "http://evil.example.test?/x", api + "/x", "proof_url"},
		{"api.example.test", "https://evil.example.test/x", "https://evil.example.test/x", "proof_url"},
	} {
		for at, verifier := range []*grantd.Verifier{verifier, told} {
			if said := judge(verifier, arrived(one.host, one.target, prove(one.proven, ""))); said != one.reason {
				t.Errorf("%+v, %d: %s", one, at, said)
			}
		}
	}
}

func TestSeveralGuards(t *testing.T) {
	issuer, verifier := verifying(t, asking(-1, true), grantd.WithUsageReports(grantd.UsageReports{}))
	_, other := verifying(t)
	prove := proving(t, issuer)
	passed := 0
	end := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ })
	inner := verifier.Require("a:read")(http.StripPrefix("/v1", verifier.Require("a:*")(end)))
	if status := answerOf(verifier.Require()(inner), arrived("api.example.test", "/v1/x", prove(api+"/v1/x", ""))); status != 403 || passed != 0 {
		t.Fatal(status, "the permission of the last one is not held")
	}
	inner = http.StripPrefix("/v1", verifier.Require("a:read")(end))
	requests := issuer.Count(grantdtest.Introspection)
	if status := answerOf(verifier.Require("a:read")(verifier.Require()(inner)), arrived("api.example.test", "/v1/x", prove(api+"/v1/x", ""))); status != 200 || passed != 1 {
		t.Fatal(status)
	}
	if count := issuer.Count(grantdtest.Introspection); count != requests+1 {
		t.Fatal("verified more than once", count-requests)
	}
	done(t, verifier.Close(context.Background()))
	if uses := fmt.Sprint(issuer.Last().Form); !strings.Contains(uses, "a:read") {
		t.Fatal(uses)
	}

	// A guard of another verifier in between has its own principal.
	first, second := believing(t, issuer), believing(t, issuer)
	if status := answerOf(first.Require()(second.Require()(first.Require()(end))), arrived("api.example.test", "/x", prove(api+"/x", ""))); status != 200 || passed != 2 {
		t.Fatal(status)
	}

	// What was verified is not for another request, nor for another verifier.
	for name, change := range map[string]func(*http.Request){
		"another path":   func(r *http.Request) { r.RequestURI = "/admin" },
		"another method": func(r *http.Request) { r.Method = http.MethodDelete },
		"another host":   func(r *http.Request) { r.Host = "other.example.test" },
		"another proof":  func(r *http.Request) { r.Header.Set("DPoP", "x") },
		"no proof":       func(r *http.Request) { r.Header.Del("DPoP") },
		"another scheme": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "DPoP", "Bearer", 1))
		},
	} {
		outer := verifier.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next := r.Clone(r.Context())
			change(next)
			inner.ServeHTTP(w, next)
		}))
		if status := answerOf(outer, arrived("api.example.test", "/v1/x", prove(api+"/v1/x", ""))); status != 401 || passed != 2 {
			t.Error(name, status)
		}
	}
	stranger := verifier.Require()(other.Require()(end))
	if status := answerOf(stranger, arrived("api.example.test", "/v1/x", prove(api+"/v1/x", ""))); status != 401 || passed != 2 {
		t.Error("another verifier", status)
	}
}

func TestBasicBesideAKey(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	key, bearer := issuer.MintAPIKey(nil), "Bearer "+issuer.Mint(nil)
	for _, one := range []struct {
		reason  string
		headers []string
	}{
		{"ok", []string{"X-Api-Key", key, "Authorization", "Basic YTpi"}},
		{"ok", []string{"X-Api-Key", key, "Authorization", "Digest x"}},
		{"ok", []string{"X-Api-Key", key, "Authorization", ""}},
		{"missing", []string{"Authorization", "Basic YTpi"}},
		{"twice", []string{"X-Api-Key", key, "Authorization", bearer}},
		{"twice", []string{"X-Api-Key", key, "Authorization", "dpop x"}},
		{"twice", []string{"X-Api-Key", key, "Authorization", "bearer"}},
		{"twice", []string{"X-Api-Key", key, "X-Api-Key", key, "Authorization", "Basic YTpi"}},
		{"twice", []string{"Authorization", bearer, "Authorization", bearer}},
		{"twice", []string{"Authorization", "Basic YTpi", "Authorization", bearer}},
	} {
		principal, err := verifier.Authenticate(calling(one.headers...))
		if said := reasonOf(t, err); said != one.reason {
			t.Errorf("%q: %s, want %s", one.headers, said, one.reason)
		}
		if err == nil && principal.Kind != grantd.KindAPIKey {
			t.Error(principal.Kind)
		}
	}
}

// What a server of net/http is sent is what the proof has to name.
func TestAProofNamesTheHostThatIsSent(t *testing.T) {
	issuer := grantdtest.New()
	prove := proving(t, issuer)
	for _, one := range []struct{ address, host, sent string }{
		{"https://10.0.0.1/x", "api.example.test", "api.example.test"},
		{"https://10.0.0.1/x", "api.example.test:8443", "api.example.test:8443"},
		{"https://api.example.test/x?q=" + strings.Repeat("a", 3000), "", "api.example.test"},
		{"https://[fe80::1%25eth0]:8443/x", "", "[fe80::1]:8443"},
		{"https://[fe80::1%25eth0]/x", "", "[fe80::1]"},
		{"https://API.example.test:443/x", "", "api.example.test"},
		{"https://xn--bcher-kva.example/x", "", "xn--bcher-kva.example"},
	} {
		verifier := believing(t, issuer)
		_, err := verifier.Authenticate(arrived(one.sent, "/x", prove(one.address, one.host)))
		if said := reasonOf(t, err); said != "ok" {
			t.Errorf("%.60s %s: %s", one.address, one.host, said)
		}
	}
	// Opaque is sent as it is.
	key := grantd.WithDPoP(must(grantd.GenerateSigningKey()))
	manager := must(grantd.NewTokenManager(nightly(issuer), append(settings(issuer), key)...))
	verifier := believing(t, issuer)
	issuer.Serve(api, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		withTLS(r)
		if _, err := verifier.Authenticate(r); err != nil {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	for _, address := range []*url.URL{
		{Scheme: "https", Host: "api.example.test", Opaque: "/a%2Fb"}, {Scheme: "https", Host: "api.example.test", Opaque: "//api.example.test/a"},
		{Scheme: "https", Host: "api.example.test", Path: "/a b%", RawQuery: "x"}, {Scheme: "https", Host: "api.example.test"},
	} {
		response, err := manager.Client().Do(&http.Request{Method: http.MethodGet, URL: address})
		done(t, err)
		if response.StatusCode != 200 {
			t.Error(address, response.StatusCode)
		}
	}
	// A name that net/http would write otherwise is an error before anything is sent.
	for _, address := range []string{"https://b\u00fccher.example/x", "https://api.example.test/" + strings.Repeat("a", 2100)} {
		var wrong *grantd.ConfigurationError
		if _, err := manager.Client().Get(address); !errors.As(err, &wrong) {
			t.Errorf("%.40s: %v", address, err)
		}
	}
}

func TestAnOriginAndABaseAreNothingElse(t *testing.T) {
	issuer := grantdtest.New()
	for _, rest := range []string{"?", "#", "?x", "#x", "?#", "/?", "/#", "/v1"} {
		_, err := grantd.NewVerifier(context.Background(), issuer.URL, grantd.WithAudience("a"), grantd.WithOrigin(api+rest))
		isMisconfigured(t, err)
		_, err = grantd.NewTokenManager(nightly(issuer), grantd.WithAllowedOrigins(api+rest))
		isMisconfigured(t, err)
		if rest == "/v1" {
			continue
		}
		_, err = grantd.NewTokenManager(nightly(issuer), grantd.WithBaseURL(api+rest))
		isMisconfigured(t, err)
		config := nightly(issuer)
		config.Issuer += rest
		_, err = grantd.NewTokenManager(config)
		isMisconfigured(t, err)
	}
	for _, origin := range []string{"https://@api.example.test", "https://u@api.example.test", "https://", "https://a b", `https://a\b`, "https://b\u00fccher.example"} {
		_, err := grantd.NewVerifier(context.Background(), issuer.URL, grantd.WithAudience("a"), grantd.WithOrigin(origin))
		isMisconfigured(t, err)
	}
	believing(t, issuer, grantd.WithOrigin("HTTPS://API.example.test:443/"))
	must(grantd.NewTokenManager(nightly(issuer), grantd.WithAllowedOrigins(api+"/", "https://other.example.test:8443")))
}
