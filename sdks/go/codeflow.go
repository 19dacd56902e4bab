package grantd

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"net/url"
	"slices"
	"strings"

	"grantd.example/grantd/internal/strict"
)

// A CodeFlow logs users in with a browser: authorization code with PKCE (RFC 6749 section 4.1, RFC 7636). One serves all users.
type CodeFlow struct {
	redacted
	config      OAuthConfig
	redirectURI string
	options     []ManagerOption
	settings    managerSettings
	endpoint    *endpoint
}

// NewCodeFlow makes one for a redirect URI as it is registered. The options are also those of the users' managers.
func NewCodeFlow(config OAuthConfig, redirectURI string, options ...ManagerOption) (*CodeFlow, error) {
	settings, endpoint, err := prepare(config, options)
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(redirectURI)
	if err != nil || address.Scheme == "" || strings.Contains(redirectURI, "#") {
		return nil, &ConfigurationError{"the redirect URI is no absolute address, or has a fragment"}
	}
	config.Scopes, options = slices.Clone(config.Scopes), slices.Clone(options)
	return &CodeFlow{config: config, redirectURI: redirectURI, options: options, settings: settings, endpoint: endpoint}, nil
}

var errNoFlow = &ConfigurationError{"a login is made with NewCodeFlow or NewDeviceFlow"}

// A Login is under way. Keep it in the user's session, as JSON, and nowhere else: it proves that the callback is this user's.
type Login struct {
	redacted
	// Where to send the browser.
	URL          string `json:"url"`
	State        string `json:"state"`
	CodeVerifier string `json:"code_verifier"`
}

// Parameters that are not the caller's to set.
var ownParameters = []string{
	"response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method", "scope", "resource", "dpop_jkt",
	"request", "request_uri",
}

// Begin begins a login. more are parameters of the authorization request, as "prompt" or "login_hint"; nil for none. Where the server requires
// it, or [WithPushedRequests] was given, the parameters go to the server first, and the browser gets their name alone (RFC 9126).
func (f *CodeFlow) Begin(ctx context.Context, more url.Values) (Login, error) {
	if f.endpoint == nil {
		return Login{}, errNoFlow
	}
	found, err := f.endpoint.metadata.get(ctx)
	if err != nil {
		return Login{}, err
	}
	address, err := url.Parse(found.authorizationEndpoint)
	if err != nil || found.authorizationEndpoint == "" {
		return Login{}, &DiscoveryError{"the issuer has no authorization endpoint"}
	}
	state, verifier := strict.Encode(randomBytes(16)), strict.Encode(randomBytes(32))
	challenge := sha256.Sum256([]byte(verifier))
	form := url.Values{}
	for name, values := range more {
		if !slices.Contains(ownParameters, name) {
			form[name] = values
		}
	}
	form.Set("response_type", "code")
	form.Set("client_id", f.config.ClientID)
	form.Set("redirect_uri", f.redirectURI)
	form.Set("state", state)
	form.Set("code_challenge", strict.Encode(challenge[:]))
	form.Set("code_challenge_method", "S256")
	f.config.asking(form)
	if f.settings.dpop != nil {
		form.Set("dpop_jkt", f.settings.dpop.Thumbprint())
	}
	if f.settings.pushes || found.requiresPushed {
		if form, err = f.push(ctx, found.pushedEndpoint, form); err != nil {
			return Login{}, err
		}
	}
	query := address.Query()
	maps.Copy(query, form)
	address.RawQuery = query.Encode()
	return Login{URL: address.String(), State: state, CodeVerifier: verifier}, nil
}

// push sends a login's parameters to the server, by the client's own authentication, and is what is left for the browser (RFC 9126).
func (f *CodeFlow) push(ctx context.Context, address string, form url.Values) (url.Values, error) {
	reply, err := f.endpoint.post(ctx, address, "pushed authorization request endpoint", form)
	if err != nil {
		return nil, err
	}
	document, err := strict.Parse(reply.body)
	if err != nil {
		return nil, &ReplyError{Reason: "the reply to a pushed request is malformed", Status: reply.status}
	}
	name, has := strict.Read(document).Text("request_uri")
	if !has || name == "" {
		return nil, &ReplyError{Reason: "the reply to a pushed request has no request_uri", Status: reply.status}
	}
	return url.Values{"client_id": {f.config.ClientID}, "request_uri": {name}}, nil
}

// Finish ends a login: it takes the address that the browser asked for, query included, with what [CodeFlow.Begin] gave, and makes a
// manager for the user. subject is any text that tells your users apart.
//
// A [ConfigurationError], as for an empty subject, and a [CallbackError], which says that the callback does not belong to this login, say that
// nothing was sent; an [OAuthError] that the user said
// no ("access_denied") or that the server refuses.
func (f *CodeFlow) Finish(ctx context.Context, callback string, login Login, subject string) (*TokenManager, error) {
	if f.endpoint == nil {
		return nil, errNoFlow
	}
	// The code is good once.
	manager, err := newUserManager(f.config, subject, f.options)
	if err == nil {
		err = over(ctx)
	}
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(callback)
	if err != nil {
		return nil, &CallbackError{"the callback's address is malformed"}
	}
	code, err := f.code(ctx, address.RawQuery, login)
	if err != nil {
		return nil, err
	}
	form := url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {f.redirectURI},
		"code_verifier": {login.CodeVerifier},
	}
	if f.config.Resource != "" {
		form.Set("resource", f.config.Resource)
	}
	tokens, err := f.endpoint.tokens(ctx, form)
	if err != nil {
		return nil, err
	}
	return manager.loggedIn(ctx, tokens)
}

func (f *CodeFlow) code(ctx context.Context, raw string, login Login) (string, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return "", &CallbackError{"the callback's query is malformed"}
	}
	for _, name := range []string{"state", "iss", "code", "error"} {
		if len(query[name]) > 1 {
			return "", &CallbackError{"the callback has a parameter twice"}
		}
	}
	if login.State == "" || login.CodeVerifier == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(login.State)) != 1 {
		return "", &CallbackError{"the callback's state is not this login's"}
	}
	found, err := f.endpoint.metadata.get(ctx)
	if err != nil {
		return "", err
	}
	// RFC 9207: an answer of another server must not reach this one's token endpoint.
	if iss, has := query["iss"]; has && iss[0] != f.config.Issuer || !has && found.namesItselfInCallbacks {
		return "", &CallbackError{"the callback is another server's"}
	}
	if refusal, has := query["error"]; has {
		description := printable(query.Get("error_description"), maxErrorDescription)
		return "", &OAuthError{Code: printable(refusal[0], maxErrorCode), Description: description}
	}
	if query.Get("code") == "" {
		return "", &CallbackError{"the callback has no code"}
	}
	return query.Get("code"), nil
}
