package grantd

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"
)

// A TokenManager gets, keeps and replaces access tokens, and calls APIs with them. It is an [oauth2.TokenSource]. All of it may be used
// by many goroutines at once.
//
// One of [NewTokenManager] acts for the client itself (client credentials). For a user see [CodeFlow], [DeviceFlow] and [ForUser].
type TokenManager struct {
	redacted
	config   OAuthConfig
	subject  string
	settings managerSettings
	endpoint *endpoint
	keeper   *keeper
	slot     *slot
}

var _ oauth2.TokenSource = (*TokenManager)(nil)

// NewTokenManager makes a manager that acts for the client itself. Nothing is sent before the first token is needed.
func NewTokenManager(config OAuthConfig, options ...ManagerOption) (*TokenManager, error) {
	manager, err := newManager(config, "", options)
	if err != nil {
		return nil, err
	}
	if manager.endpoint.auth.method == AuthNone {
		return nil, &ConfigurationError{"a client without credentials cannot act for itself: log a user in"}
	}
	return manager, nil
}

// A User is somebody who logged in: just now, or before.
type User struct {
	redacted
	// Any text that tells your users apart.
	Subject string
	// What a login gave. It is used where the store has nothing for this user: what is there is newer, whatever either says of its time.
	Tokens *StoredTokens `json:"-"`
	// A refresh token from elsewhere. It is used where the store has nothing for this user: what is there is newer. With neither of the two a
	// manager uses what the store has.
	RefreshToken string `json:"-"`
}

// ForUser makes a manager for a user who logged in before. In the store a login goes by the issuer, the client, the subject, and the scopes
// and the resource of the config: with others the user has to log in again.
//
// A [ConfigurationError] says that something is missing; the manager's own errors, where the store's tokens are bound to another key, are of
// that type too, and nothing is deleted. Tokens that are bound to none are refreshed by a manager with a key, and bound from then on.
func ForUser(ctx context.Context, config OAuthConfig, user User, options ...ManagerOption) (*TokenManager, error) {
	manager, err := newUserManager(config, user.Subject, options)
	if err != nil {
		return nil, err
	}
	given := user.Tokens
	if given == nil && user.RefreshToken != "" {
		imported := manager.imported(user.RefreshToken)
		given = &imported
	}
	if given == nil {
		return manager, nil
	}
	if ctx == nil {
		return nil, &ConfigurationError{"the context is missing"}
	}
	tokens, err := manager.slot.owner.usable(*given)
	if err != nil {
		return nil, err
	}
	if err := manager.slot.offer(ctx, tokens); err != nil {
		return nil, err
	}
	return manager, nil
}

// loggedIn has the tokens of a user who has just logged in, which go before whatever the store has.
func (m *TokenManager) loggedIn(ctx context.Context, tokens *tokenSet) (*TokenManager, error) {
	if err := m.slot.begin(ctx, tokens); err != nil {
		return nil, err
	}
	return m, nil
}

// imported is a refresh token alone: like an access token that ended long ago. Whose key it is bound to its giver has to know.
func (m *TokenManager) imported(refreshToken string) StoredTokens {
	tokens := StoredTokens{AccessToken: "-", TokenType: typeBearer, RefreshToken: refreshToken, ObtainedAt: time.Unix(1, 0)}
	if key := m.slot.owner.key; key != "" {
		tokens.TokenType, tokens.KeyThumbprint = typeDPoP, key
	}
	return tokens
}

func newUserManager(config OAuthConfig, subject string, options []ManagerOption) (*TokenManager, error) {
	if subject == "" {
		return nil, &ConfigurationError{"the user's subject is missing"}
	}
	return newManager(config, subject, options)
}

func newManager(config OAuthConfig, subject string, options []ManagerOption) (*TokenManager, error) {
	settings, endpoint, err := prepare(config, options)
	if err != nil {
		return nil, err
	}
	// The secret is in the endpoint, which does not show it.
	config.ClientSecret, config.PrivateKey = "", nil
	config.Scopes = slices.Clone(config.Scopes)
	m := &TokenManager{subject: subject, settings: settings, endpoint: endpoint, keeper: newKeeper(settings)}
	return m.with(config), nil
}

// with is the same manager for another purpose: what is kept, and the server's metadata, are shared.
func (m *TokenManager) with(config OAuthConfig) *TokenManager {
	other := *m
	other.config = config
	other.slot = m.keeper.slot(config.purpose(m.subject), ownerOf(m.subject, m.settings.dpop), other.acquire)
	return &other
}

// For gives a manager for other permissions, or for another API, that shares everything else with this one. Nil scopes and an empty
// resource are what this one has. A user's token has the permissions and the API of the login: for him it is an error.
func (m *TokenManager) For(resource string, scopes ...string) (*TokenManager, error) {
	if m.slot == nil {
		return nil, &ConfigurationError{"a TokenManager is made with NewTokenManager, ForUser or a login"}
	}
	if m.subject != "" {
		return nil, &ConfigurationError{"a user's token has the scopes and the resource of the login"}
	}
	config := m.config
	if resource != "" {
		config.Resource = resource
	}
	if len(scopes) > 0 {
		config.Scopes = slices.Clone(scopes)
	}
	if err := config.checkScopes(); err != nil {
		return nil, err
	}
	return m.with(config), nil
}

// AccessToken is a good access token: the kept one, or a new one. Its errors are [LoginRequiredError] when only the user can go on,
// [OAuthError] when the server refuses, [NetworkError] and [ReplyError] when it does not answer and no kept token is good.
func (m *TokenManager) AccessToken(ctx context.Context) (string, error) {
	got, err := m.slot.get(ctx)
	if err != nil {
		return "", err
	}
	return got.tokens.stored.AccessToken, nil
}

// Token is the same for libraries that take an [oauth2.TokenSource]. The token is shared: do not change it. Unlike everything here
// it prints. One that is bound to a key ([WithDPoP]) is of no use to such a library: an API takes it with a proof alone, which only
// [TokenManager.Client] makes.
func (m *TokenManager) Token() (*oauth2.Token, error) {
	got, err := m.slot.get(context.Background())
	if err != nil {
		return nil, err
	}
	return got.tokens.oauth, nil
}

// Revoke logs the user out: it ends the refresh token and everything that came from it, at the server and here. It waits for a refresh that is
// under way, and ends what came of that. When the server cannot be reached that is the error, and the login goes on.
func (m *TokenManager) Revoke(ctx context.Context) error {
	return m.slot.end(ctx, func(ctx context.Context, known *tokenSet) error {
		token := known.stored.RefreshToken
		if token == "" {
			token = known.stored.AccessToken
		}
		found, err := m.endpoint.metadata.get(ctx)
		if err != nil {
			return err
		}
		_, err = m.endpoint.post(ctx, found.revocationEndpoint, "revocation endpoint", url.Values{"token": {token}})
		return err
	})
}

// Close waits until no request for a token is under way, so that a refresh token that has just been replaced is stored before the
// process ends. The manager stays usable.
func (m *TokenManager) Close() error {
	if m.keeper == nil {
		return nil
	}
	m.keeper.wait()
	return nil
}

// Client sends requests with a token. See [TokenManager.Transport].
func (m *TokenManager) Client() *http.Client {
	client := http.Client{}
	if m.settings.client != nil {
		client = *m.settings.client
	}
	client.Transport = m.Transport(client.Transport)
	return &client
}

// Transport sends requests with a token; base, which may be nil, sends them on their way.
//
// A request that is refused with 401 is sent once more with a new token, if the token was a kept one and the body can be sent again
// ([http.Request.GetBody]). A redirect to another origin goes there without the token, and so
// does what comes after it, even at the API.
func (m *TokenManager) Transport(base http.RoundTripper) http.RoundTripper {
	if m.endpoint == nil {
		return newTransport(m.slot, m.settings, nil, base)
	}
	return newTransport(m.slot, m.settings, m.endpoint.prover, base)
}

func (m *TokenManager) acquire(ctx context.Context, before *tokenSet) (*tokenSet, error) {
	if m.subject == "" {
		return m.endpoint.tokens(ctx, m.config.asking(url.Values{"grant_type": {"client_credentials"}}))
	}
	if before == nil || before.stored.RefreshToken == "" {
		return nil, &LoginRequiredError{&OAuthError{Code: "invalid_grant", Description: "there is no refresh token"}}
	}
	old := before.stored.RefreshToken
	tokens, err := m.endpoint.tokens(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old}})
	var refused *OAuthError
	switch {
	case errors.As(err, &refused) && refused.Code == "invalid_grant":
		return nil, &LoginRequiredError{refused}
	case err != nil:
		return nil, err
	}
	return tokens.keeping(old), nil
}
