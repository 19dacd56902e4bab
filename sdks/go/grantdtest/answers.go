package grantdtest

import (
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"grantd.example/grantd/internal/strict"
)

// network carries requests to the issuer, and to the origins that it serves.
type network struct{ issuer *Issuer }

func (n network) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		defer request.Body.Close()
	}
	i := n.issuer
	i.mu.Lock()
	host, isServed := i.hosts[request.URL.Scheme+"://"+request.URL.Host]
	i.mu.Unlock()
	if isServed {
		return host.RoundTrip(request)
	}
	endpoint, has := i.endpoint(request.URL)
	if !has {
		return respond(request, http.StatusNotFound, Claims{}), nil
	}
	form, err := formOf(request)
	if err != nil {
		return nil, err
	}
	i.note(Seen{endpoint, form, request.Header.Clone()})
	if fault := i.Faults.take(endpoint); fault != nil {
		if response, err := fault(request); response != nil || err != nil {
			return response, err
		}
	}
	status, body := i.answer(endpoint, form, request.Header)
	return respond(request, status, body), nil
}

// handled is an API in the same test.
type handled struct{ handler http.Handler }

func (h handled) RoundTrip(request *http.Request) (*http.Response, error) {
	arrived := request.Clone(request.Context())
	arrived.RequestURI = request.URL.RequestURI()
	if arrived.Host == "" {
		arrived.Host = request.URL.Host
	}
	if arrived.Body == nil {
		arrived.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		h.handler.ServeHTTP(recorder, arrived)
	}()
	select {
	case <-answered:
		response := recorder.Result()
		response.Request = request
		return response, nil
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
}

func formOf(request *http.Request) (url.Values, error) {
	if request.Body == nil {
		return url.Values{}, nil
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	return url.ParseQuery(string(body))
}

func (i *Issuer) note(request Seen) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.seen = append(i.seen, request)
	i.change.Broadcast()
}

var endpoints = map[string]Endpoint{
	"/jwks.json":   JWKS,
	"/token":       Token,
	"/introspect":  Introspection,
	"/device/code": Device,
	"/revoke":      Revocation,
	"/par":         Pushed,
	"/usage":       Usage,
}

func (i *Issuer) endpoint(address *url.URL) (Endpoint, bool) {
	path, isOwn := i.path(address)
	switch {
	case !isOwn:
		return "", false
	case strings.HasPrefix(address.Path, "/.well-known/oauth-authorization-server"):
		return Metadata, true
	case strings.HasPrefix(path, "/status/"):
		return Status, true
	}
	found, has := endpoints[path]
	return found, has
}

func (i *Issuer) answer(endpoint Endpoint, form url.Values, header http.Header) (int, any) {
	if endpoint == JWKS {
		return http.StatusOK, i.Keys()
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	switch endpoint {
	case Metadata:
		return http.StatusOK, i.document()
	case Introspection:
		return http.StatusOK, i.introspect(form.Get("token"))
	case Device:
		return http.StatusOK, Claims{
			"device_code":      i.name("device"),
			"user_code":        "BCDF-GHJK",
			"verification_uri": i.URL + "/device",
			"expires_in":       600,
			"interval":         5,
		}
	case Pushed:
		return i.push(form)
	case Status:
		return i.statusList()
	case Token:
		return i.token(form, header.Get("Dpop"))
	case Revocation:
		i.end(form.Get("token"))
		return http.StatusOK, Claims{}
	case Usage:
		return http.StatusOK, Claims{}
	}
	return http.StatusNotFound, Claims{}
}

func (i *Issuer) document() Claims {
	return replaced(Claims{
		"issuer":                                         i.URL,
		"authorization_endpoint":                         i.URL + "/authorize",
		"token_endpoint":                                 i.URL + "/token",
		"introspection_endpoint":                         i.URL + "/introspect",
		"device_authorization_endpoint":                  i.URL + "/device/code",
		"revocation_endpoint":                            i.URL + "/revoke",
		"pushed_authorization_request_endpoint":          i.URL + "/par",
		"grantd_usage_endpoint":                          i.URL + "/usage",
		"jwks_uri":                                       i.URL + "/jwks.json",
		"authorization_response_iss_parameter_supported": true,
	}, i.Metadata)
}

func (i *Issuer) introspect(token string) Claims {
	claims, isLive := i.live[token]
	if end, has := claims["exp"].(int64); has && !i.Clock.Now().Before(time.Unix(end, 0)) {
		isLive = false
	}
	if !isLive {
		return Claims{"active": false}
	}
	return replaced(claims, Claims{"active": true})
}

// token answers a request for tokens. Those that come with a proof of possession are bound to its key.
func (i *Issuer) token(form url.Values, proof string) (int, any) {
	refused := Claims{"error": "invalid_grant"}
	scope := form.Get("scope")
	switch form.Get("grant_type") {
	case "authorization_code":
		challenge := sha256.Sum256([]byte(form.Get("code_verifier")))
		known, has := i.codes[form.Get("code")]
		if !has || known.challenge != strict.Encode(challenge[:]) {
			return http.StatusBadRequest, refused
		}
		delete(i.codes, form.Get("code"))
		scope = known.scope
	case "refresh_token":
		before, has := i.live[form.Get("refresh_token")]
		if !has {
			return http.StatusBadRequest, refused
		}
		delete(i.live, form.Get("refresh_token"))
		scope, _ = before["scope"].(string)
	}
	claims := Claims{"scope": scope}
	if resource := form.Get("resource"); resource != "" {
		claims["aud"] = resource
	}
	if client := form.Get("client_id"); client != "" {
		claims["client_id"] = client
	}
	tokenType := "Bearer"
	if proof != "" {
		thumbprint, isProof := proofKey(proof)
		if !isProof {
			return http.StatusBadRequest, Claims{"error": "invalid_dpop_proof"}
		}
		tokenType, claims["cnf"] = "DPoP", Claims{"jkt": thumbprint}
	}
	body := Claims{
		"access_token": i.mint(claims, nil),
		"token_type":   tokenType,
		"expires_in":   int(i.Lifetime.Seconds()),
		"scope":        scope,
	}
	if form.Get("grant_type") != "client_credentials" {
		body["refresh_token"] = i.opaque("rt", Claims{"scope": scope})
	}
	return http.StatusOK, body
}
