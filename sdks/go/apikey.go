package grantd

import (
	"context"
	"net/http"

	"golang.org/x/oauth2"

	"grantd.example/grantd/internal/rules"
)

const (
	apiKeyHeader        = "X-Api-Key"
	authorizationHeader = "Authorization"
)

// An APIKey calls an API with a key: the same shape as a [TokenManager], so that a caller can change from one to the other. It is
// neither refreshed nor sent again.
type APIKey struct {
	redacted
	key      secret
	settings managerSettings
}

var _ oauth2.TokenSource = (*APIKey)(nil)

// NewAPIKey takes a key.
func NewAPIKey(key string, options ...ManagerOption) (*APIKey, error) {
	if !rules.IsVisible(key) {
		return nil, &ConfigurationError{"the API key is empty or has odd characters"}
	}
	settings, err := newManagerSettings(options)
	if err != nil {
		return nil, err
	}
	return &APIKey{key: newSecret(key), settings: settings}, nil
}

// AccessToken is the key.
func (k *APIKey) AccessToken(context.Context) (string, error) {
	if !k.key.isThere() {
		return "", errNoKey
	}
	return k.key.reveal(), nil
}

var errNoKey = &ConfigurationError{"an APIKey is made with NewAPIKey"}

// Token is the key as a bearer token, which grantd's verifiers take as well.
func (k *APIKey) Token() (*oauth2.Token, error) {
	if !k.key.isThere() {
		return nil, errNoKey
	}
	return &oauth2.Token{AccessToken: k.key.reveal(), TokenType: typeBearer}, nil
}

// Client sends requests with the key.
func (k *APIKey) Client() *http.Client {
	client := http.Client{}
	if k.settings.client != nil {
		client = *k.settings.client
	}
	client.Transport = k.Transport(client.Transport)
	return &client
}

// Transport sends requests with the key; base, which may be nil, sends them on their way.
func (k *APIKey) Transport(base http.RoundTripper) http.RoundTripper {
	return newTransport(k, k.settings, nil, base)
}

func (k *APIKey) credential(context.Context) (credential, error) {
	if !k.key.isThere() {
		return credential{}, errNoKey
	}
	value := k.key.reveal()
	if k.settings.keyHeader == authorizationHeader {
		value = typeBearer + " " + value
	}
	return credential{header: k.settings.keyHeader, value: value, cached: true}, nil
}
