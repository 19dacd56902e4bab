package grantd

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/strict"
)

const (
	metadataFresh = 10 * time.Minute
	// For how long a document serves that cannot be fetched again.
	metadataStale = 24 * time.Hour
	// After a failure.
	metadataPause = 30 * time.Second
	// After a failure before there ever was a document: a crowd makes one request a second.
	metadataFirstPause = time.Second
)

// metadata is what an issuer says of itself (RFC 8414). Every address in it is https, or on this computer; absent ones are empty.
type metadata struct {
	tokenEndpoint         string
	authorizationEndpoint string
	deviceEndpoint        string
	introspectionEndpoint string
	revocationEndpoint    string
	pushedEndpoint        string
	usageEndpoint         string
	jwksURI               string
	// Whether parameters of logins go to the server first (RFC 9126 section 5).
	requiresPushed bool
	// Whether callbacks carry "iss" (RFC 9207).
	namesItselfInCallbacks bool
}

// A metadataSource finds, checks and keeps it. The next document is fetched beside the calls that use the one that is there; when it cannot
// be had, or is not to be trusted, that one stays in use for a day.
type metadataSource struct {
	issuer   string
	exchange exchanger

	mu        sync.Mutex
	known     *metadata
	fetchedAt time.Time
	triedAt   time.Time
	lastError error
	call      *flight.Call[*metadata]
}

func newMetadataSource(issuer string, exchange exchanger) (*metadataSource, error) {
	if address, isBare := rules.Bare(issuer); !isBare || !rules.IsSecure(address) {
		return nil, &ConfigurationError{"the issuer must be an https address, without user information, query and fragment"}
	}
	return &metadataSource{issuer: issuer, exchange: exchange}, nil
}

// get is the issuer's metadata, fetched once for all who wait; nobody waits where there is a document.
func (m *metadataSource) get(ctx context.Context) (*metadata, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	now := m.exchange.clock.Now()
	if m.known != nil && isWithin(m.fetchedAt, now, metadataFresh) {
		defer m.mu.Unlock()
		return m.known, nil
	}
	pause := metadataPause
	if m.known == nil {
		pause = metadataFirstPause
	}
	if m.call == nil && !isWithin(m.triedAt, now, pause) {
		m.refresh(context.WithoutCancel(ctx), now)
	}
	known, call, failed := m.known, m.call, m.lastError
	if known != nil && now.Sub(m.fetchedAt) >= metadataStale {
		known = nil
	}
	m.mu.Unlock()
	switch {
	case known != nil:
		return known, nil
	case call == nil:
		return nil, failed
	}
	return call.Wait(ctx)
}

// refresh fetches the document. Its caller holds the lock.
func (m *metadataSource) refresh(ctx context.Context, now time.Time) {
	if now.Before(m.fetchedAt) {
		// A clock that stepped back must not lengthen the document's day.
		m.fetchedAt = now.Add(-metadataFresh)
	}
	m.triedAt = now
	m.call = flight.Start(func() (*metadata, error) {
		found, err := flight.Guard(func() (*metadata, error) { return discover(ctx, m.exchange, m.issuer) })
		m.mu.Lock()
		defer m.mu.Unlock()
		m.call = nil
		if m.lastError = err; err == nil {
			m.known, m.fetchedAt = found, now
		}
		return found, err
	})
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
		return nil, &DiscoveryError{"the metadata of " + issuer + " is about another issuer: " + printable(own, maxErrorDescription)}
	}
	found := &metadata{
		namesItselfInCallbacks: document["authorization_response_iss_parameter_supported"] == true,
		requiresPushed:         document["require_pushed_authorization_requests"] == true,
	}
	for name, place := range map[string]*string{
		"token_endpoint":                        &found.tokenEndpoint,
		"authorization_endpoint":                &found.authorizationEndpoint,
		"device_authorization_endpoint":         &found.deviceEndpoint,
		"introspection_endpoint":                &found.introspectionEndpoint,
		"revocation_endpoint":                   &found.revocationEndpoint,
		"pushed_authorization_request_endpoint": &found.pushedEndpoint,
		"grantd_usage_endpoint":                 &found.usageEndpoint,
		"jwks_uri":                              &found.jwksURI,
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
