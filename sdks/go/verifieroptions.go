package grantd

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"grantd.example/grantd/internal/rules"
)

const maxLeeway = 5 * time.Minute

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
	origin        *url.URL
	introspection *Introspection
	withoutLists  bool
	proofMemory   ProofMemory
	// How many proofs this process remembers.
	proofsRemembered int
	onRefusal        func(*http.Request, error)
	proofNonce       func() string
	certificate      func(*http.Request) []byte
	usage            *UsageReports
	challenge        challengeOptions
}

func defaultVerifierSettings(issuer string) verifierSettings {
	return verifierSettings{
		common:   defaultCommon(),
		expected: expectations{issuer: issuer, leeway: 30 * time.Second},
		types:    []string{"at+jwt"},

		proofsRemembered: proofsRemembered,
	}
}

func (s verifierSettings) check() error {
	if s.err != nil {
		return s.err
	}
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
	return verifierOption(func(s *verifierSettings) { s.expected.audience = slices.Clone(names) })
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
	return verifierOption(func(s *verifierSettings) {
		s.need(len(types) > 0 && !slices.Contains(types, ""), "there is no accepted type, or an empty one")
		s.types = slices.Clone(types)
	})
}

// WithTenantClaim names the claim that names the tenant.
func WithTenantClaim(claim string) VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.expected.tenantClaim = claim })
}

// WithLeeway is by how much clocks may differ: whole seconds from 0 to 300; 30 if not given.
func WithLeeway(leeway time.Duration) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		isGood := leeway >= 0 && leeway <= maxLeeway && leeway%time.Second == 0
		s.need(isGood, "the leeway is no whole number of seconds from 0 to 300")
		s.expected.leeway = leeway
	})
}

// WithOrigin says where clients reach this API ("https://api.example.com"). Then Host is not looked at. Without it the address in a proof is
// compared with Host, and with the scheme under which the request came here: behind a proxy both can be others.
func WithOrigin(origin string) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		address, isOrigin := rules.BareOrigin(origin)
		if isOrigin {
			_, isOrigin = rules.Target(address.Scheme, address.Host, "")
		}
		s.need(isOrigin, "the API's origin is no absolute http or https origin, or more than that")
		s.origin = address
	})
}

// WithProofMemory remembers proofs for several processes; each remembers its own if not given.
func WithProofMemory(memory ProofMemory) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		s.need(memory != nil, "the memory of proofs is nil")
		s.proofMemory = memory
	})
}

// WithProofMemorySize is how many proofs this process remembers, where it remembers its own: at least 2, and 100,000 if not given. Each is
// remembered for 71 seconds, one client can fill half of it, and when it is full requests with proofs are answered 503.
func WithProofMemorySize(proofs int) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		s.need(proofs >= 2, "the memory of proofs has no room")
		s.proofsRemembered = proofs
	})
}

// WithProofNonce asks for a nonce in proofs: the current one, as the function says it.
func WithProofNonce(current func() string) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		s.need(current != nil, "the function for nonces is nil")
		s.proofNonce = current
	})
}

// WithCertificate finds the client's TLS certificate (DER) where a proxy ends TLS. It must take it from a proxy that is trusted.
func WithCertificate(find func(*http.Request) []byte) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		s.need(find != nil, "the function for certificates is nil")
		s.certificate = find
	})
}

// WithOnRefusal tells of each request that [Verifier.Require] refuses, before it is answered. The error is the [Refusal]; what is behind it,
// as for a 503, is in its chain and in [Refusal.Cause]. What the function panics with is dropped.
func WithOnRefusal(tell func(request *http.Request, refusal error)) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		s.need(tell != nil, "the function for refusals is nil")
		s.onRefusal = tell
	})
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
	return verifierOption(func(s *verifierSettings) {
		isKnown := func(scheme string) bool { return scheme == SchemeBearer || scheme == SchemeDPoP }
		s.need(!slices.ContainsFunc(schemes, func(scheme string) bool { return !isKnown(scheme) }), "a scheme is neither Bearer nor DPoP")
		s.challenge.schemes = slices.Clone(schemes)
	})
}
