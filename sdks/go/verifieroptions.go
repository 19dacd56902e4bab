package grantd

import (
	"net/http"
	"slices"
	"time"
)

// An Introspection is an API's own client at the authorization server, which may ask about credentials there. Of the client only what it is
// known by counts.
type Introspection struct {
	redacted
	Client OAuthConfig
	// For how long a reply is kept: ten seconds if zero, 30 at most, not at all if negative.
	Keep time.Duration
	// Asks about JWTs too, so that a revoked one is refused at once.
	Always bool
}

type verifierSettings struct {
	common
	expected      expectations
	types         []string
	origin        string
	introspection *Introspection
	withoutLists  bool
	proofMemory   ProofMemory
	proofNonce    func() string
	certificate   func(*http.Request) []byte
	usage         *UsageReports
	challenge     challengeOptions
}

func defaultVerifierSettings(issuer string) verifierSettings {
	return verifierSettings{
		common:   defaultCommon(),
		expected: expectations{issuer: issuer, leeway: 30 * time.Second},
		types:    []string{"at+jwt"},
	}
}

func (s verifierSettings) check() error {
	if len(s.expected.audience) == 0 || slices.Contains(s.expected.audience, "") {
		return &ConfigurationError{"the audience is missing"}
	}
	if s.usage != nil && s.usage.Send == nil && s.introspection == nil {
		return &ConfigurationError{"usage reports need introspection, or a function that sends them"}
	}
	return nil
}

type verifierOption func(*verifierSettings)

func (o verifierOption) applyToVerifier(s *verifierSettings) { o(s) }

// WithAudience says what this API is called in tokens; several names where it has several.
func WithAudience(names ...string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.expected.audience = names })
}

// WithIntrospection asks the authorization server. Opaque tokens and API keys need it.
func WithIntrospection(client Introspection) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.introspection = &client })
}

// WithoutStatusLists does not follow the status list that a JWT names.
func WithoutStatusLists() VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.withoutLists = true })
}

// WithTypes are the values of "typ" that access tokens have; at+jwt if not given.
func WithTypes(types ...string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.types = types })
}

// WithTenantClaim names the claim that names the tenant.
func WithTenantClaim(claim string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.expected.tenantClaim = claim })
}

// WithLeeway is by how much clocks may differ; 30 seconds if not given.
func WithLeeway(leeway time.Duration) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.expected.leeway = leeway })
}

// WithOrigin says where clients reach this API ("https://api.example.com"). Without it the address in a proof is compared with Host, and
// with the scheme under which the request came here: behind a proxy both can be others.
func WithOrigin(origin string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.origin = origin })
}

// WithProofMemory remembers proofs for several processes; each remembers its own if not given.
func WithProofMemory(memory ProofMemory) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.proofMemory = memory })
}

// WithProofNonce asks for a nonce in proofs: the current one, as the function says it.
func WithProofNonce(current func() string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.proofNonce = current })
}

// WithCertificate finds the client's TLS certificate (DER) where a proxy ends TLS. It must take it from a proxy that is trusted.
func WithCertificate(find func(*http.Request) []byte) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.certificate = find })
}

// WithUsageReports reports which permissions are used.
func WithUsageReports(reports UsageReports) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.usage = &reports })
}

// WithRealm says of which realm this API is, in its refusals.
func WithRealm(realm string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.challenge.realm = realm })
}

// WithResourceMetadata is the address of the API's document (RFC 9728), from which clients find the authorization server.
func WithResourceMetadata(address string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.challenge.resourceMetadata = address })
}

// WithSchemes are the schemes that this API offers in its refusals; [SchemeBearer] alone if not given.
func WithSchemes(schemes ...string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.challenge.schemes = schemes })
}
