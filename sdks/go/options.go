package grantd

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"grantd.example/grantd/internal/rules"
)

// common is what both sides may be told.
type common struct {
	client  *http.Client
	clock   Clock
	timeout time.Duration
	// Which header carries an API key.
	keyHeader string
	// The first thing that is wrong with the options.
	err error
}

func defaultCommon() common {
	return common{client: &http.Client{}, clock: systemClock{}, timeout: defaultTimeout, keyHeader: apiKeyHeader}
}

// need notes that an option is not what it must be.
func (c *common) need(isGood bool, reason string) {
	if !isGood && c.err == nil {
		c.err = &ConfigurationError{reason}
	}
}

// managerSettings are what a token manager may be told beside its [OAuthConfig].
type managerSettings struct {
	common
	store      TokenStore
	dpop       *SigningKey
	random     func() float64
	apiTimeout time.Duration
	origins    []string
	base       *url.URL
	pushes     bool
}

// A ManagerOption changes how a [TokenManager], a login or an [APIKey] works.
type ManagerOption interface{ applyToManager(*managerSettings) }

// A VerifierOption changes how a [Verifier] works.
type VerifierOption interface{ applyToVerifier(*verifierSettings) }

// An Option is for both sides.
type Option interface {
	ManagerOption
	VerifierOption
}

type managerOption func(*managerSettings)

func (o managerOption) applyToManager(s *managerSettings) { o(s) }

type commonOption func(*common)

func (o commonOption) applyToManager(s *managerSettings)   { o(&s.common) }
func (o commonOption) applyToVerifier(s *verifierSettings) { o(&s.common) }

// WithHTTPClient has requests sent by this client: those to the authorization server, where its redirect policy and its cookies do
// not count, and those to an API.
func WithHTTPClient(client *http.Client) Option {
	return commonOption(func(c *common) {
		c.need(client != nil, "the HTTP client is nil")
		c.client = client
	})
}

// WithClock replaces the clock.
func WithClock(clock Clock) Option {
	return commonOption(func(c *common) {
		c.need(clock != nil, "the clock is nil")
		c.clock = clock
	})
}

// WithTimeout limits each request to the authorization server; ten seconds if not given. It must be above 0.
func WithTimeout(timeout time.Duration) Option {
	return commonOption(func(c *common) {
		c.need(timeout > 0, "a time limit is not above 0")
		c.timeout = timeout
	})
}

// WithKeyHeader names the header that carries an API key, here and there; x-api-key if not given. With Authorization it is a bearer token.
func WithKeyHeader(name string) Option {
	return commonOption(func(c *common) {
		c.need(rules.IsToken(name), "the header of an API key has no name that a header can have")
		c.keyHeader = http.CanonicalHeaderKey(name)
	})
}

// WithStore keeps tokens beyond this process. Nothing does if not given.
func WithStore(store TokenStore) ManagerOption {
	return managerOption(func(s *managerSettings) {
		s.need(store != nil, "the store is nil")
		s.store = store
	})
}

// WithDPoP binds tokens to a key (RFC 9449): without it they are worthless. Where a user's tokens are stored, the key must be the same at the
// next start: see [SigningKey.PrivateJWK].
func WithDPoP(key *SigningKey) ManagerOption {
	return managerOption(func(s *managerSettings) {
		s.need(key.isThere(), "the key for proofs is nil or empty")
		s.dpop = key
	})
}

// WithAPITimeout limits how long an API may take until its reply begins; 30 seconds if not given. It must be above 0.
func WithAPITimeout(timeout time.Duration) ManagerOption {
	return managerOption(func(s *managerSettings) {
		s.need(timeout > 0, "a time limit is not above 0")
		s.apiTimeout = timeout
	})
}

// WithAllowedOrigins keeps credentials at these origins ("https://api.example.com"): a request elsewhere is an error. Without it
// requests may go to any https address, and to this computer.
func WithAllowedOrigins(origins ...string) ManagerOption {
	return managerOption(func(s *managerSettings) {
		s.need(len(origins) > 0, "there is no allowed origin")
		for _, text := range origins {
			address, isOrigin := rules.BareOrigin(text)
			if !isOrigin || !rules.IsSecure(address) {
				s.need(false, "an allowed origin is no https origin, or more than that")
				return
			}
			s.origins = append(s.origins, rules.Origin(address))
		}
	})
}

// WithBaseURL says where the API is ("https://api.example.com/v1", with or without a slash at the end). Requests may then name their address
// below it ("customers", "/customers?page=2"), and the credential goes nowhere else: a request to another place is a [ConfigurationError],
// before anything is sent.
func WithBaseURL(base string) ManagerOption {
	return managerOption(func(s *managerSettings) {
		address, isBare := rules.Bare(base)
		isGood := isBare && rules.IsSecure(address)
		if s.need(isGood && !rules.HasDots(address), "the base is no https address, or more than that"); isGood {
			s.base = address
		}
	})
}

// WithPushedRequests has [CodeFlow.Begin] send the parameters of a login to the authorization server first (RFC 9126). It does so anyway where
// the server requires it.
func WithPushedRequests() ManagerOption {
	return managerOption(func(s *managerSettings) { s.pushes = true })
}

// WithJitter replaces the random numbers, from 0 up to 1, that spread the refreshes of many processes.
func WithJitter(random func() float64) ManagerOption {
	return managerOption(func(s *managerSettings) {
		s.need(random != nil, "the random numbers are nil")
		s.random = random
	})
}

func newManagerSettings(options []ManagerOption) (managerSettings, error) {
	settings := managerSettings{common: defaultCommon(), random: rand.Float64, apiTimeout: 30 * time.Second}
	for _, option := range options {
		if option == nil {
			return settings, &ConfigurationError{"an option is nil"}
		}
		option.applyToManager(&settings)
	}
	return settings, settings.err
}
