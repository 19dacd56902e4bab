package grantd

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"

	"golang.org/x/oauth2"

	"grantd.example/grantd/internal/bounded"
	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/jose"
	"grantd.example/grantd/internal/strict"
)

// A Verifier says who asks. Use one for a whole API: it keeps the issuer's keys. All of it may be used by many goroutines at once.
type Verifier struct {
	redacted
	settings      verifierSettings
	keys          *keySet
	heads         jose.Heads
	lists         *statusLists
	proofs        proofChecker
	introspection *introspection
	usage         *usage
}

// NewVerifier makes a verifier of an issuer's tokens. Nothing is fetched before the first request. Of the context only the HTTP client
// counts that it may carry ([oauth2.HTTPClient]); [WithHTTPClient] goes before it. [WithAudience] is needed.
func NewVerifier(ctx context.Context, issuer string, options ...VerifierOption) (*Verifier, error) {
	if ctx == nil {
		return nil, &ConfigurationError{"the context is missing"}
	}
	settings := defaultVerifierSettings(issuer)
	if client, has := ctx.Value(oauth2.HTTPClient).(*http.Client); has {
		settings.client = client
	}
	for _, option := range options {
		if option == nil {
			return nil, &ConfigurationError{"an option is nil"}
		}
		option.applyToVerifier(&settings)
	}
	if err := settings.check(); err != nil {
		return nil, err
	}
	exchange := newExchanger(settings.common)
	metadata, err := newMetadataSource(issuer, exchange)
	if err != nil {
		return nil, err
	}
	v := &Verifier{settings: settings, keys: &keySet{metadata: metadata, exchange: exchange}}
	v.lists = &statusLists{
		issuer:   issuer,
		metadata: metadata,
		keys:     v.keys,
		exchange: exchange,
		lists:    bounded.New[statusList](maxLists),
		failures: bounded.New[listFailure](maxLists),
		calls:    map[string]*flight.Call[statusList]{},
	}
	v.proofs = proofChecker{settings.clock, settings.proofMemory, newOwnMemory(settings.clock, settings.proofsRemembered)}
	if asking := settings.introspection; asking != nil {
		auth, err := newClientAuth(asking.Client)
		if err != nil {
			return nil, err
		}
		keep := asking.Keep
		if keep == 0 {
			keep = replyKept
		}
		v.introspection = newIntrospection(&endpoint{exchange, metadata, auth, nil}, settings.expected, keep)
		// The secret is in there, which does not show it.
		v.settings.introspection = &Introspection{Always: asking.Always}
	}
	v.makeUsage()
	return v, nil
}

func (v *Verifier) makeUsage() {
	if v.settings.usage == nil {
		return
	}
	v.usage = newUsage(*v.settings.usage, v.introspection, v.settings.clock)
}

// Verify verifies a bearer token or an API key, as text. One that is bound to a key or a certificate needs a request: see
// [Verifier.Authenticate]. Its errors are [Refusal]s.
func (v *Verifier) Verify(ctx context.Context, raw string) (*Principal, error) {
	return v.judge(ctx, facts{token: raw, scheme: SchemeBearer}, nil)
}

// Authenticate verifies what a request presents, and that it permits what the request needs. Its errors are [Refusal]s, for which
// [Verifier.WriteError] has the reply.
func (v *Verifier) Authenticate(request *http.Request, scopes ...string) (*Principal, error) {
	found, err := v.factsOf(request)
	if err != nil {
		return nil, withRequest(err, found.scheme, scopes)
	}
	return v.judge(request.Context(), found, scopes)
}

// Authorize checks permissions of a principal that was verified before, and counts them as used. Its errors are [Refusal]s.
func (v *Verifier) Authorize(principal *Principal, scopes ...string) error {
	if principal == nil {
		return &Refusal{Reason: ReasonMissing, Scopes: scopes}
	}
	if !principal.Permits(scopes...) {
		tried := SchemeBearer
		if principal.isKeyBound {
			tried = SchemeDPoP
		}
		return &Refusal{Reason: ReasonScope, Scopes: scopes, Tried: tried}
	}
	// Where nobody was verified there is no client to count for.
	if v.usage != nil && principal.token.isThere() {
		v.usage.count(principal, scopes)
	}
	return nil
}

// Close sends what was counted of uses. Call it before the process ends.
func (v *Verifier) Close(ctx context.Context) error {
	if v.usage == nil {
		return nil
	}
	if err := over(ctx); err != nil {
		return err
	}
	return v.usage.flush(ctx)
}

// UsageDropped is how many uses will be in no report: those beyond 10,000 lines, and those of reports that the server refused, takes no
// more, or did not answer for twelve hours.
func (v *Verifier) UsageDropped() uint64 {
	if v.usage == nil {
		return 0
	}
	return v.usage.dropped()
}

func (v *Verifier) judge(ctx context.Context, found facts, scopes []string) (*Principal, error) {
	principal, err := v.principal(ctx, found.token)
	if err == nil {
		err = v.checkBinding(ctx, principal, found)
	}
	if err == nil {
		err = v.Authorize(principal, scopes...)
	}
	if err != nil {
		return nil, withRequest(err, found.scheme, scopes)
	}
	return principal, nil
}

func withRequest(err error, scheme string, scopes []string) error {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal.of(scheme, scopes)
	}
	return err
}

// principal verifies a credential, its binding aside.
func (v *Verifier) principal(ctx context.Context, token string) (*Principal, error) {
	if v.introspection != nil && !jose.LooksLikeJWT(token) {
		return v.introspection.verify(ctx, token)
	}
	jws, err := jose.TakeApart(token, jose.MaxToken, &v.heads)
	if err != nil {
		return nil, refuse(ReasonMalformed)
	}
	if err := v.keys.verify(ctx, jws, v.settings.types); err != nil {
		return nil, err
	}
	if !jws.IsKnown {
		v.heads.Remember(jws)
	}
	principal, err := v.settings.expected.judge(token, KindJWT, jws.Claims, v.settings.clock.Now())
	if err != nil {
		return nil, err
	}
	if !v.settings.withoutLists {
		if err := v.lists.check(ctx, jws.Claims); err != nil {
			return nil, err
		}
	}
	if v.introspection != nil && v.settings.introspection.Always {
		if _, err := v.introspection.verify(ctx, token); err != nil {
			return nil, err
		}
	}
	return principal, nil
}

func (v *Verifier) checkBinding(ctx context.Context, principal *Principal, found facts) error {
	// A key may come as a bearer token too; a token never as a key.
	if found.isKey && principal.Kind != KindAPIKey {
		return refuse(ReasonScheme)
	}
	if principal.isCertificateBound {
		if err := checkCertificate(principal.Confirmation.CertificateThumbprint, found.certificate); err != nil {
			return err
		}
	}
	isBound := principal.isKeyBound
	// Either mix would let a stolen token pass without its key, or a proof mean nothing (RFC 9449 section 7.1).
	if isBound != (found.scheme == SchemeDPoP) {
		return refuse(ReasonScheme)
	}
	if !isBound {
		return nil
	}
	request := proofFor{method: found.method, token: found.token, clientID: principal.ClientID}
	request.target, request.isTarget = v.targetOf(found)
	if v.settings.proofNonce != nil {
		request.nonce = v.settings.proofNonce()
	}
	return v.proofs.check(ctx, found.proofs, request, principal.Confirmation.KeyThumbprint)
}

// checkCertificate checks that the certificate of the connection is the one that the token names (RFC 8705 section 3.1).
func checkCertificate(expected string, certificate []byte) error {
	hash, err := strict.Decode(expected)
	own := sha256.Sum256(certificate)
	if err != nil || len(certificate) == 0 || subtle.ConstantTimeCompare(hash, own[:]) != 1 {
		return refuse(ReasonCertificate)
	}
	return nil
}
