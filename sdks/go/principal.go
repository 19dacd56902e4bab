package grantd

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"grantd.example/grantd/internal/rules"
)

// A Kind is what kind of credential somebody had.
type Kind string

// The kinds.
const (
	KindJWT    Kind = "jwt"
	KindOpaque Kind = "opaque"
	KindAPIKey Kind = "api_key"
)

// A Confirmation is what a token is bound to (RFC 7800). Empty members are absent.
type Confirmation struct {
	// The thumbprint of a key for proofs (RFC 9449).
	KeyThumbprint string
	// The SHA-256 of a TLS certificate (RFC 8705).
	CertificateThumbprint string
}

// A Principal is who asks: what a verified credential says. It does not print the credential.
type Principal struct {
	token secret
	// What the token is bound to. Claims, which is its caller's own, does not decide it.
	isKeyBound, isCertificateBound bool

	Kind   Kind
	Issuer string
	// The user, the client itself, or "api_key:<id>".
	Subject string
	// The client; for an API key, behind which there is none, the same as Subject.
	ClientID string
	// The APIs that the token is for; none for an API key.
	Audience []string
	// What was granted, patterns included. Ask [Principal.Permits], which understands them.
	Scopes   []string
	IssuedAt time.Time
	// Zero for a key that does not end.
	ExpiresAt time.Time
	TokenID   string
	// The tenant that the token acts in, where the verifier was told its claim.
	Tenant string
	// Nil for a token that is bound to nothing.
	Confirmation *Confirmation
	// Everything that the credential says. Numbers are float64. It belongs to who has the principal: nobody else sees what is done to it.
	Claims map[string]any
}

// Token is the credential itself. It is not printed, and not in JSON.
func (p *Principal) Token() string { return p.token.reveal() }

// Permits says whether all of these permissions were granted, by name or by a pattern.
func (p *Principal) Permits(scopes ...string) bool { return len(p.Missing(scopes...)) == 0 }

// Missing are those of these permissions that were not granted.
func (p *Principal) Missing(scopes ...string) []string { return rules.Missing(p.Scopes, scopes) }

// Format prints who it is.
func (p *Principal) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "{"+p.Subject+" by "+p.ClientID+" may "+strings.Join(p.Scopes, " ")+"}")
}

// LogValue logs who it is.
func (p *Principal) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("subject", p.Subject),
		slog.String("client_id", p.ClientID),
		slog.String("token_id", p.TokenID),
	)
}
