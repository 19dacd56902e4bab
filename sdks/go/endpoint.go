package grantd

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/strict"
)

const (
	maxErrorCode        = 100
	maxErrorDescription = 500
)

// An endpoint talks to an issuer as one client: authenticated, with a proof of possession where there is a key, and with the server's
// refusal as a typed error.
type endpoint struct {
	exchange exchanger
	metadata *metadataSource
	auth     clientAuth
	prover   *prover
}

func newEndpoint(config OAuthConfig, settings managerSettings) (*endpoint, error) {
	auth, err := newClientAuth(config)
	if err != nil {
		return nil, err
	}
	exchange := newExchanger(settings.common)
	metadata, err := newMetadataSource(config.Issuer, exchange)
	if err != nil {
		return nil, err
	}
	return &endpoint{exchange, metadata, auth, newProver(settings.dpop, settings.clock)}, nil
}

// prepare is what every way to a user's or a client's tokens begins with.
func prepare(config OAuthConfig, options []ManagerOption) (managerSettings, *endpoint, error) {
	settings, err := newManagerSettings(options)
	if err != nil {
		return settings, nil, err
	}
	if err := config.checkScopes(); err != nil {
		return settings, nil, err
	}
	endpoint, err := newEndpoint(config, settings)
	return settings, endpoint, err
}

// tokens asks the token endpoint.
func (e *endpoint) tokens(ctx context.Context, form url.Values) (*tokenSet, error) {
	found, err := e.metadata.get(ctx)
	if err != nil {
		return nil, err
	}
	obtainedAt := e.exchange.clock.Now()
	reply, err := e.post(ctx, found.tokenEndpoint, "token endpoint", form)
	if err != nil {
		return nil, err
	}
	if e.prover != nil {
		return readTokens(reply.body, obtainedAt, typeDPoP, e.prover.key.Thumbprint())
	}
	return readTokens(reply.body, obtainedAt, typeBearer, "")
}

// post sends a form to one of the issuer's endpoints; it hands over a reply that is none of refusal.
func (e *endpoint) post(ctx context.Context, address, name string, form url.Values) (reply, error) {
	if address == "" {
		return reply{}, &DiscoveryError{"the issuer's metadata has no " + name}
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return reply{}, &DiscoveryError{"the issuer's metadata is malformed"}
	}
	answer, err := e.send(ctx, parsed, form)
	if err != nil {
		return reply{}, err
	}
	if e.prover.remember(parsed, answer.header) && isRefusal(answer, "use_dpop_nonce") {
		if answer, err = e.send(ctx, parsed, form); err != nil {
			return reply{}, err
		}
	}
	// What was pushed is answered with 201 (RFC 9126 section 2.2).
	if answer.status == http.StatusOK || answer.status == http.StatusCreated {
		return answer, nil
	}
	if refused := refusalOf(answer); refused != nil {
		return reply{}, refused
	}
	return reply{}, &ReplyError{Reason: "the " + name + " answered", Status: answer.status, RetryAfter: answer.retryAfter()}
}

func (e *endpoint) send(ctx context.Context, address *url.URL, form url.Values) (reply, error) {
	own, header := url.Values{}, http.Header{}
	for name, values := range form {
		own[name] = values
	}
	if err := e.auth.prove(own, header, e.metadata.issuer, e.exchange.clock.Now()); err != nil {
		return reply{}, err
	}
	if e.prover != nil {
		if err := e.prover.prove(header, http.MethodPost, "", address, ""); err != nil {
			return reply{}, err
		}
	}
	return e.exchange.post(ctx, address.String(), header, own)
}

func isRefusal(answer reply, code string) bool {
	refused := refusalOf(answer)
	return refused != nil && refused.Code == code
}

// refusalOf is the server's refusal, where the reply is one. A 5xx is none, whatever its body says: it is worth another try.
func refusalOf(answer reply) *OAuthError {
	if answer.status < 400 || answer.status >= 500 || answer.status == http.StatusTooManyRequests {
		return nil
	}
	document, err := strict.Parse(answer.body)
	if err != nil {
		return nil
	}
	read := strict.Read(document)
	code, _ := read.Text("error")
	if len(code) > maxErrorCode || !rules.IsVisible(code) {
		return nil
	}
	description, _ := read.Text("error_description")
	return &OAuthError{Code: code, Description: printable(description, maxErrorDescription), Status: answer.status}
}

// printable shortens a text from outside to whole characters, and takes those off that are none to look at: it ends in messages and logs.
func printable(text string, most int) string {
	if len(text) > most {
		for most > 0 && !utf8.RuneStart(text[most]) {
			most--
		}
		text = text[:most]
	}
	return strings.Map(func(char rune) rune {
		if unicode.IsPrint(char) {
			return char
		}
		return -1
	}, text)
}

// asking is a form with what a token is to be for.
func (c OAuthConfig) asking(form url.Values) url.Values {
	if len(c.Scopes) > 0 {
		form.Set("scope", strings.Join(c.Scopes, " "))
	}
	if c.Resource != "" {
		form.Set("resource", c.Resource)
	}
	return form
}

func (c OAuthConfig) checkScopes() error {
	for _, scope := range c.Scopes {
		if !rules.IsScope(scope) {
			return &ConfigurationError{"a scope is empty or has characters that no scope has"}
		}
	}
	return nil
}
