package grantd

import (
	"strings"
	"time"

	"golang.org/x/oauth2"

	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/strict"
)

const (
	typeBearer = "Bearer"
	typeDPoP   = "DPoP"
	// Longer lifetimes are taken for this one.
	maxLifetime = 10 * 365 * 24 * time.Hour
)

// StoredTokens are an access token and what came with it, as a store keeps them. They are secrets: keep them like a password. They do not
// print; only JSON has them.
type StoredTokens struct {
	redacted
	AccessToken string `json:"access_token"`
	// "Bearer" or "DPoP".
	TokenType string `json:"token_type"`
	// When it was asked for.
	ObtainedAt time.Time     `json:"obtained_at"`
	Lifetime   time.Duration `json:"lifetime_ns"`
	// What was granted, which can be less than was asked; empty when the server did not say.
	Scope        string `json:"scope,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
	// As it came, not verified: it came over TLS from the token endpoint (OpenID Connect Core section 3.1.3.7).
	IDToken string `json:"id_token,omitempty"`
	// The thumbprint of the key that the tokens are bound to (RFC 9449). Empty where they are bound to none; or, with the type "DPoP", where
	// it is not known.
	KeyThumbprint string `json:"jkt,omitempty"`
}

// A tokenSet is a token beside the form in which callers get it, made once.
type tokenSet struct {
	redacted
	stored StoredTokens
	oauth  *oauth2.Token
	// For how long it is handed out; negative for a token that is good for its refresh token alone.
	lifetime time.Duration
	// The value of the Authorization header.
	authorization string
}

func newTokenSet(stored StoredTokens) *tokenSet {
	token := &oauth2.Token{
		AccessToken: stored.AccessToken,
		TokenType:   stored.TokenType,
		Expiry:      stored.ObtainedAt.Add(stored.Lifetime),
	}
	extra := map[string]any{"scope": stored.Scope}
	if stored.IDToken != "" {
		extra["id_token"] = stored.IDToken
	}
	return &tokenSet{
		stored:        stored,
		oauth:         token.WithExtra(extra),
		lifetime:      stored.Lifetime,
		authorization: stored.TokenType + " " + stored.AccessToken,
	}
}

// readTokens reads a successful reply of the token endpoint (RFC 6749 section 5.1). obtainedAt is the instant before the request was
// sent, so that what the network takes is never lived on; thumbprint is that of the key for which tokens were asked.
func readTokens(body []byte, obtainedAt time.Time, tokenType, thumbprint string) (*tokenSet, error) {
	malformed := &ReplyError{Reason: "the token endpoint's reply is malformed", Status: 200}
	document, err := strict.Parse(body)
	if err != nil {
		return nil, malformed
	}
	read := strict.Read(document)
	stored := StoredTokens{TokenType: tokenType, ObtainedAt: obtainedAt, Lifetime: rules.UnknownLifetime, KeyThumbprint: thumbprint}
	stored.AccessToken, _ = read.Text("access_token")
	stored.Scope, _ = read.Text("scope")
	stored.RefreshToken, _ = read.Text("refresh_token")
	stored.IDToken, _ = read.Text("id_token")
	said, _ := read.Text("token_type")
	if seconds, has := read.Number("expires_in"); has {
		stored.Lifetime = lifetime(seconds)
	}
	if read.Err() != nil || !rules.IsVisible(stored.AccessToken) {
		return nil, malformed
	}
	// A token of the wrong type would be used without the protection that was asked for (RFC 9449 section 5).
	if !strings.EqualFold(said, tokenType) {
		return nil, &ReplyError{Reason: "the reply's token_type is not " + tokenType, Status: 200}
	}
	return newTokenSet(stored), nil
}

func lifetime(seconds float64) time.Duration {
	if seconds <= 0 {
		return 0
	}
	if seconds >= maxLifetime.Seconds() {
		return maxLifetime
	}
	return time.Duration(seconds * float64(time.Second)).Truncate(time.Millisecond)
}

// ended is the same as one that ended long ago, also on a clock that steps back.
func (t *tokenSet) ended() *tokenSet {
	other := *t
	other.lifetime = -maxLifetime
	return &other
}

// keeping is the same with the refresh token of before, where the reply had none (RFC 6749 section 6).
func (t *tokenSet) keeping(refreshToken string) *tokenSet {
	if t.stored.RefreshToken != "" {
		return t
	}
	stored := t.stored
	stored.RefreshToken = refreshToken
	return newTokenSet(stored)
}
