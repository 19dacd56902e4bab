package grantd

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/strict"
)

// An AuthMethod is a way in which a client authenticates, by its registered name.
type AuthMethod string

// The ways to authenticate.
const (
	AuthNone          AuthMethod = "none"
	AuthSecretBasic   AuthMethod = "client_secret_basic"
	AuthSecretPost    AuthMethod = "client_secret_post"
	AuthPrivateKeyJWT AuthMethod = "private_key_jwt"
)

const assertionLifetime = 60 * time.Second

// An OAuthConfig says who a client is and what it asks for. It does not print its secret.
type OAuthConfig struct {
	// The authorization server, byte for byte as its metadata says it.
	Issuer   string
	ClientID string
	// The client's secret, for client_secret_basic and client_secret_post.
	ClientSecret string `json:"-"`
	// The client's private key, for private_key_jwt.
	PrivateKey *SigningKey `json:"-"`
	// How to authenticate. What the credentials allow, where it is empty: a key, else HTTP Basic, else nothing.
	AuthMethod AuthMethod
	// The permissions to ask for. What the server gives by default, where there are none.
	Scopes []string
	// The API that tokens are for (RFC 8707).
	Resource string
}

// Format prints the client without its secret.
func (c OAuthConfig) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "{client "+c.ClientID+" at "+c.Issuer+", secret "+redactedText+"}")
}

// LogValue logs the client without its secret.
func (c OAuthConfig) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

func (c OAuthConfig) purpose(subject string) rules.Purpose {
	return rules.Purpose{Issuer: c.Issuer, ClientID: c.ClientID, Subject: subject, Resource: c.Resource, Scopes: c.Scopes}
}

// clientAuth adds a client's proof to requests.
type clientAuth struct {
	clientID string
	method   AuthMethod
	secret   secret
	key      *SigningKey
}

func newClientAuth(config OAuthConfig) (clientAuth, error) {
	auth := clientAuth{config.ClientID, config.AuthMethod, newSecret(config.ClientSecret), config.PrivateKey}
	if auth.method == "" {
		auth.method = naturalMethod(config)
	}
	fits := false
	switch auth.method {
	case AuthNone:
		fits = true
	case AuthSecretBasic, AuthSecretPost:
		fits = config.ClientSecret != ""
	case AuthPrivateKeyJWT:
		fits = config.PrivateKey.isThere()
	}
	if config.ClientID == "" {
		return auth, &ConfigurationError{"the client's id is missing"}
	}
	if !fits {
		return auth, &ConfigurationError{string(auth.method) + " does not fit the credentials that were given"}
	}
	return auth, nil
}

func naturalMethod(config OAuthConfig) AuthMethod {
	switch {
	case config.PrivateKey != nil:
		return AuthPrivateKeyJWT
	case config.ClientSecret != "":
		return AuthSecretBasic
	}
	return AuthNone
}

// prove adds the proof to a request for an issuer.
func (a clientAuth) prove(form url.Values, header http.Header, issuer string, now time.Time) error {
	switch a.method {
	case AuthSecretBasic:
		// RFC 6749 section 2.3.1: both are form-encoded before they are put together.
		request := http.Request{Header: header}
		request.SetBasicAuth(url.QueryEscape(a.clientID), url.QueryEscape(a.secret.reveal()))
		return nil
	case AuthSecretPost:
		form.Set("client_secret", a.secret.reveal())
	case AuthPrivateKeyJWT:
		assertion, err := a.assertion(issuer, now)
		if err != nil {
			return err
		}
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", assertion)
	}
	form.Set("client_id", a.clientID)
	return nil
}

func (a clientAuth) assertion(issuer string, now time.Time) (string, error) {
	header := map[string]any{"typ": "JWT"}
	if kid := a.key.key.KeyID(); kid != "" {
		header["kid"] = kid
	}
	return a.key.sign(header, map[string]any{
		"iss": a.clientID,
		"sub": a.clientID,
		"aud": issuer,
		"iat": now.Unix(),
		"exp": now.Add(assertionLifetime).Unix(),
		"jti": strict.Encode(randomBytes(16)),
	})
}
