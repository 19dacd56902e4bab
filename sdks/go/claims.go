package grantd

import (
	"math"
	"slices"
	"time"

	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/strict"
)

// The last date that is taken: the end of the year 9999.
const lastDate = 253402300799

// expectations are what an API expects of credentials.
type expectations struct {
	issuer      string
	audience    []string
	leeway      time.Duration
	tenantClaim string
}

// judge checks what a credential says: a plain function of claims, expectations and a time. The same checks serve JWTs and replies of the
// introspection endpoint. It must not know signatures.
func (e expectations) judge(token string, kind Kind, claims strict.Object, now time.Time) (*Principal, error) {
	read := strict.Read(claims)
	p := &Principal{token: newSecret(token), Kind: kind, Claims: claims}
	p.Issuer, _ = read.Text("iss")
	p.Subject, _ = read.Text("sub")
	p.TokenID, _ = read.Text("jti")
	var hasClient, hasAudience bool
	p.ClientID, hasClient = read.Text("client_id")
	p.Audience, hasAudience = read.TextOrTexts("aud")
	if kind == KindAPIKey {
		// A key has neither.
		hasAudience = true
		if !hasClient {
			p.ClientID = p.Subject
		}
	}
	scope, _ := read.Text("scope")
	scopes, areScopes := rules.ParseScopes(scope)
	p.Scopes = scopes
	dates, datesRead := readDates(read)
	p.IssuedAt, p.ExpiresAt = dates.issuedAt, dates.expiresAt
	if e.tenantClaim != "" {
		p.Tenant, _ = read.Text(e.tenantClaim)
	}
	_, _ = read.Object("status")
	isBound := p.readConfirmation(read)
	areDated := kind == KindAPIKey || !p.IssuedAt.IsZero() && !p.ExpiresAt.IsZero()
	switch {
	case read.Err() != nil || !areScopes || !datesRead || !areDated,
		p.Issuer == "" || p.Subject == "" || p.ClientID == "" || !hasAudience:
		return nil, refuse(ReasonClaim)
	// One that says nothing known means that the token is bound to something that cannot be checked here.
	case isBound && !p.isKeyBound && !p.isCertificateBound:
		return nil, refuse(ReasonConfirmation)
	case p.Issuer != e.issuer:
		return nil, refuse(ReasonIssuer)
	case !(kind == KindAPIKey && len(p.Audience) == 0) && !slices.ContainsFunc(p.Audience, e.isOwn):
		return nil, refuse(ReasonAudience)
	}
	return p, dates.check(now, e.leeway)
}

func (e expectations) isOwn(audience string) bool {
	return slices.ContainsFunc(e.audience, func(own string) bool { return rules.SameResource(own, audience) })
}

// readConfirmation reads "cnf", and says whether there is one.
func (p *Principal) readConfirmation(read *strict.Reader) bool {
	cnf, isBound := read.Object("cnf")
	if !isBound {
		return false
	}
	inner := strict.Read(cnf)
	p.Confirmation = &Confirmation{}
	p.Confirmation.KeyThumbprint, _ = inner.Text("jkt")
	p.Confirmation.CertificateThumbprint, _ = inner.Text("x5t#S256")
	// If only to an empty text, which nothing fits.
	_, p.isKeyBound = cnf["jkt"]
	_, p.isCertificateBound = cnf["x5t#S256"]
	read.Fail(inner.Err())
	return true
}

// dates are the instants of a token; absent ones are zero.
type dates struct {
	issuedAt, notBefore, expiresAt time.Time
}

func readDates(read *strict.Reader) (dates, bool) {
	found, isGood := dates{}, true
	places := [...]struct {
		name  string
		place *time.Time
	}{{"iat", &found.issuedAt}, {"nbf", &found.notBefore}, {"exp", &found.expiresAt}}
	for _, one := range places {
		seconds, has := read.Number(one.name)
		if !has {
			continue
		}
		if seconds != math.Trunc(seconds) || seconds < 0 || seconds > lastDate {
			isGood = false
			continue
		}
		*one.place = time.Unix(int64(seconds), 0).UTC()
	}
	return found, isGood
}

func (d dates) check(now time.Time, leeway time.Duration) error {
	if !d.expiresAt.IsZero() && !now.Before(d.expiresAt.Add(leeway)) {
		return refuse(ReasonExpired)
	}
	for _, start := range []time.Time{d.notBefore, d.issuedAt} {
		if !start.IsZero() && now.Before(start.Add(-leeway)) {
			return refuse(ReasonNotYetValid)
		}
	}
	return nil
}
