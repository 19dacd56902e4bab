// golang.org/x/oauth2 and coreos/go-oidc, as Go programs use them: discovery, the code flow with PKCE, ID tokens, userinfo,
// refresh, client credentials.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// A party is an application with what discovery told it.
type party struct {
	scene
	provider *oidc.Provider
}

// The ways in which this library authenticates: the client that is registered for each, and its name for it.
var ways = []struct {
	name, client string
	style        oauth2.AuthStyle
}{
	{"none", "app", oauth2.AuthStyleInParams},
	{"client_secret_basic", "web", oauth2.AuthStyleInHeader},
	{"client_secret_post", "post", oauth2.AuthStyleInParams},
	{"tried out by the library", "web", oauth2.AuthStyleAutoDetect},
}

func main() {
	var told scene
	if err := hear(&told); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	provider, err := oidc.NewProvider(context.Background(), told.Issuer)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	p := party{told, provider}
	var scenarios []scenario
	for _, way := range ways {
		config := p.config(way.client, way.style)
		scenarios = append(scenarios, scenario{
			way.name + ": code, ID token, userinfo, refresh",
			func() error { return p.everything(config) },
		})
		if way.name != "none" {
			scenarios = append(scenarios, scenario{
				way.name + ": client credentials",
				func() error { return p.machine(way.client, way.style) },
			})
		}
	}
	scenarios = append(scenarios,
		scenario{"a device without a browser", p.device},
		scenario{"an ID token for another client is refused", p.foreignToken},
		scenario{"an error is told as the standard spells it", p.refusal},
	)
	play(scenarios)
}

func (p party) config(name string, style oauth2.AuthStyle) *oauth2.Config {
	endpoint := p.provider.Endpoint()
	endpoint.AuthStyle = style
	return &oauth2.Config{
		ClientID:     p.Clients[name].ID,
		ClientSecret: p.Clients[name].Secret,
		Endpoint:     endpoint,
		RedirectURL:  p.Callback,
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess, "orders:read"},
	}
}

// login goes from nothing to tokens with a checked ID token.
func (p party) login(config *oauth2.Config) (*oauth2.Token, *oidc.IDToken, error) {
	ctx := context.Background()
	verifier, state, nonce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	address := config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce))
	arrived, err := visit(address, p.Callback)
	if err != nil {
		return nil, nil, err
	}
	if arrived.Get("state") != state || arrived.Get("iss") != p.Issuer {
		return nil, nil, fmt.Errorf("came back with %v", arrived)
	}
	token, err := config.Exchange(ctx, arrived.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, nil, err
	}
	raw, _ := token.Extra("id_token").(string)
	identity, err := p.provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, nil, err
	}
	if identity.Nonce != nonce {
		return nil, nil, errors.New("another nonce")
	}
	return token, identity, identity.VerifyAccessToken(token.AccessToken)
}

func (p party) everything(config *oauth2.Config) error {
	ctx := context.Background()
	token, identity, err := p.login(config)
	if err != nil {
		return err
	}
	info, err := p.provider.UserInfo(ctx, config.TokenSource(ctx, token))
	if err != nil {
		return err
	}
	if info.Subject != identity.Subject || info.Email != "ada@example.com" {
		return fmt.Errorf("userinfo says %+v", info)
	}
	before := *token
	token.Expiry = time.Now().Add(-time.Hour)
	refreshed, err := config.TokenSource(ctx, token).Token()
	if err != nil {
		return err
	}
	if refreshed.AccessToken == before.AccessToken || refreshed.RefreshToken == before.RefreshToken {
		return errors.New("nothing was refreshed")
	}
	_, err = p.provider.UserInfo(ctx, oauth2.StaticTokenSource(refreshed))
	return err
}

func (p party) machine(name string, style oauth2.AuthStyle) error {
	config := clientcredentials.Config{
		ClientID:       p.Clients[name].ID,
		ClientSecret:   p.Clients[name].Secret,
		TokenURL:       p.provider.Endpoint().TokenURL,
		Scopes:         []string{"orders:read"},
		EndpointParams: map[string][]string{"resource": {p.Resource}},
		AuthStyle:      style,
	}
	token, err := config.Token(context.Background())
	if err != nil {
		return err
	}
	if token.Type() != "Bearer" || token.RefreshToken != "" || !token.Valid() {
		return fmt.Errorf("got %+v", token.Type())
	}
	return nil
}

func (p party) device() error {
	ctx := context.Background()
	config := p.config("app", oauth2.AuthStyleInParams)
	told, err := config.DeviceAuth(ctx)
	if err != nil {
		return err
	}
	if _, err = visit(told.VerificationURIComplete, ""); err != nil {
		return err
	}
	token, err := config.DeviceAccessToken(ctx, told)
	if err != nil {
		return err
	}
	_, err = p.provider.UserInfo(ctx, config.TokenSource(ctx, token))
	return err
}

func (p party) foreignToken() error {
	token, _, err := p.login(p.config("web", oauth2.AuthStyleInHeader))
	if err != nil {
		return err
	}
	raw, _ := token.Extra("id_token").(string)
	other := p.provider.Verifier(&oidc.Config{ClientID: p.Clients["post"].ID})
	if _, err = other.Verify(context.Background(), raw); err == nil {
		return errors.New("accepted")
	}
	return nil
}

func (p party) refusal() error {
	config := p.config("web", oauth2.AuthStyleInHeader)
	_, err := config.Exchange(context.Background(), "unknown", oauth2.VerifierOption(oauth2.GenerateVerifier()))
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" {
		return fmt.Errorf("expected invalid_grant, got %w", err)
	}
	return nil
}
