package grantd

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"grantd.example/grantd/internal/rules"
)

// common is what everything that talks to an authorization server is made with.
type common struct {
	client  *http.Client
	clock   Clock
	timeout time.Duration
}

func defaultCommon() common {
	return common{client: &http.Client{}, clock: systemClock{}, timeout: defaultTimeout}
}

// managerSettings are what a token manager may be told beside its [OAuthConfig].
type managerSettings struct {
	common
	store      TokenStore
	dpop       *SigningKey
	random     func() float64
	apiTimeout time.Duration
	origins    []string
	header     string
	err        error
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
	return commonOption(func(c *common) { c.client = client })
}

// WithClock replaces the clock.
func WithClock(clock Clock) Option {
	return commonOption(func(c *common) { c.clock = clock })
}

// WithTimeout limits each request to the authorization server; ten seconds if not given.
func WithTimeout(timeout time.Duration) Option {
	return commonOption(func(c *common) { c.timeout = timeout })
}

// WithStore keeps tokens beyond this process. Nothing does if not given.
func WithStore(store TokenStore) ManagerOption {
	return managerOption(func(s *managerSettings) { s.store = store })
}

// WithDPoP binds tokens to a key (RFC 9449): without it they are worthless.
func WithDPoP(key *SigningKey) ManagerOption {
	return managerOption(func(s *managerSettings) { s.dpop = key })
}

// WithAPITimeout limits how long an API may take until its reply begins; 30 seconds if not given.
func WithAPITimeout(timeout time.Duration) ManagerOption {
	return managerOption(func(s *managerSettings) { s.apiTimeout = timeout })
}

// WithAllowedOrigins keeps credentials at these origins ("https://api.example.com"): a request elsewhere is an error. Without it
// requests may go to any https address, and to this computer.
func WithAllowedOrigins(origins ...string) ManagerOption {
	return managerOption(func(s *managerSettings) {
		for _, text := range origins {
			address, err := url.Parse(text)
			if err != nil || !rules.IsSecure(address) {
				s.err = &ConfigurationError{"an allowed origin is no https address"}
				return
			}
			s.origins = append(s.origins, rules.Origin(address))
		}
	})
}

// WithJitter replaces the random numbers, from 0 up to 1, that spread the refreshes of many processes.
func WithJitter(random func() float64) ManagerOption {
	return managerOption(func(s *managerSettings) { s.random = random })
}

// WithKeyHeader names the header that carries an [APIKey]; x-api-key if not given. Authorization sends it as a bearer token.
func WithKeyHeader(name string) ManagerOption {
	return managerOption(func(s *managerSettings) { s.header = http.CanonicalHeaderKey(name) })
}

func newManagerSettings(options []ManagerOption) (managerSettings, error) {
	settings := managerSettings{common: defaultCommon(), random: rand.Float64, apiTimeout: 30 * time.Second, header: apiKeyHeader}
	for _, option := range options {
		option.applyToManager(&settings)
	}
	return settings, settings.err
}
