package grantd

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/strict"
)

const metadataFresh = 10 * time.Minute

// metadata is what an issuer says of itself (RFC 8414). Every address in it is https, or on this computer; absent ones are empty.
type metadata struct {
	tokenEndpoint         string
	authorizationEndpoint string
	deviceEndpoint        string
	introspectionEndpoint string
	revocationEndpoint    string
	usageEndpoint         string
	jwksURI               string
	// Whether callbacks carry "iss" (RFC 9207).
	namesItselfInCallbacks bool
}

// A metadataSource finds, checks and keeps it. When it cannot be fetched again, the old document stays in use.
type metadataSource struct {
	issuer   string
	exchange exchanger

	mu    sync.Mutex
	known *metadata
	until time.Time
	call  *flight.Call[*metadata]
}

func newMetadataSource(issuer string, exchange exchanger) (*metadataSource, error) {
	address, err := url.Parse(issuer)
	if err != nil || !rules.IsSecure(address) {
		return nil, &ConfigurationError{"the issuer must be an https address"}
	}
	return &metadataSource{issuer: issuer, exchange: exchange}, nil
}

// get is the issuer's metadata, fetched once for all who wait.
func (m *metadataSource) get(ctx context.Context) (*metadata, error) {
	m.mu.Lock()
	if m.known != nil && m.exchange.clock.Now().Before(m.until) {
		defer m.mu.Unlock()
		return m.known, nil
	}
	if m.call == nil {
		m.call = flight.Start(func() (*metadata, error) { return m.refresh(context.WithoutCancel(ctx)) })
	}
	call := m.call
	m.mu.Unlock()
	return call.Wait(ctx)
}

func (m *metadataSource) refresh(ctx context.Context) (*metadata, error) {
	found, err := discover(ctx, m.exchange, m.issuer)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.call = nil
	fresh := metadataFresh
	if err != nil {
		var lie *DiscoveryError
		if m.known == nil || errors.As(err, &lie) {
			return nil, err
		}
		found, fresh = m.known, metadataFresh/20
	}
	m.known, m.until = found, m.exchange.clock.Now().Add(fresh)
	return found, nil
}

func discover(ctx context.Context, exchange exchanger, issuer string) (*metadata, error) {
	for _, address := range metadataAddresses(issuer) {
		reply, err := exchange.get(ctx, address, "application/json")
		switch {
		case err != nil:
			return nil, err
		case reply.status == http.StatusNotFound:
			continue
		case reply.status != http.StatusOK:
			return nil, &ReplyError{Reason: "the metadata's address answered", Status: reply.status, RetryAfter: reply.retryAfter()}
		}
		return readMetadata(issuer, reply.body)
	}
	return nil, &DiscoveryError{"there is no metadata at " + issuer}
}

// metadataAddresses says where the document can be: RFC 8414 section 3.1 puts the well-known part before the issuer's path, OpenID
// after it.
func metadataAddresses(issuer string) []string {
	address, err := url.Parse(issuer)
	if err != nil {
		return nil
	}
	origin, path := address.Scheme+"://"+address.Host, strings.TrimSuffix(address.EscapedPath(), "/")
	return []string{
		origin + "/.well-known/oauth-authorization-server" + path,
		origin + path + "/.well-known/openid-configuration",
	}
}

func readMetadata(issuer string, body []byte) (*metadata, error) {
	document, err := strict.Parse(body)
	if err != nil {
		return nil, &DiscoveryError{"the metadata is no JSON object"}
	}
	read := strict.Read(document)
	// RFC 8414 section 3.3: byte for byte, or any server could speak for any other.
	if own, _ := read.Text("issuer"); own != issuer {
		return nil, &DiscoveryError{"the metadata is about another issuer"}
	}
	found := &metadata{namesItselfInCallbacks: document["authorization_response_iss_parameter_supported"] == true}
	for name, place := range map[string]*string{
		"token_endpoint":                &found.tokenEndpoint,
		"authorization_endpoint":        &found.authorizationEndpoint,
		"device_authorization_endpoint": &found.deviceEndpoint,
		"introspection_endpoint":        &found.introspectionEndpoint,
		"revocation_endpoint":           &found.revocationEndpoint,
		"grantd_usage_endpoint":         &found.usageEndpoint,
		"jwks_uri":                      &found.jwksURI,
	} {
		text, has := read.Text(name)
		if !has {
			continue
		}
		if address, err := url.Parse(text); err != nil || !rules.IsSecure(address) {
			return nil, &DiscoveryError{name + " is no https address"}
		}
		*place = text
	}
	if read.Err() != nil {
		return nil, &DiscoveryError{"the metadata is malformed"}
	}
	return found, nil
}
