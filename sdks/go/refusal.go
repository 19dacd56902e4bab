package grantd

import "net/http"

// A Reason says why an API refuses a request. The list is closed, and the same in all of grantd's SDKs.
type Reason string

// The reasons.
const (
	ReasonMissing        Reason = "missing"
	ReasonTwice          Reason = "twice"
	ReasonMalformed      Reason = "malformed"
	ReasonHeader         Reason = "header"
	ReasonType           Reason = "type"
	ReasonAlgorithm      Reason = "algorithm"
	ReasonUnknownKey     Reason = "unknown_key"
	ReasonSignature      Reason = "signature"
	ReasonClaim          Reason = "claim"
	ReasonIssuer         Reason = "issuer"
	ReasonAudience       Reason = "audience"
	ReasonExpired        Reason = "expired"
	ReasonNotYetValid    Reason = "not_yet_valid"
	ReasonRevoked        Reason = "revoked"
	ReasonInactive       Reason = "inactive"
	ReasonScheme         Reason = "scheme"
	ReasonKey            Reason = "key"
	ReasonCertificate    Reason = "certificate"
	ReasonConfirmation   Reason = "confirmation"
	ReasonProofMissing   Reason = "proof_missing"
	ReasonProofMalformed Reason = "proof_malformed"
	ReasonProofKey       Reason = "proof_key"
	ReasonProofAlgorithm Reason = "proof_algorithm"
	ReasonProofType      Reason = "proof_type"
	ReasonProofSignature Reason = "proof_signature"
	ReasonProofMethod    Reason = "proof_method"
	ReasonProofURL       Reason = "proof_url"
	ReasonProofTime      Reason = "proof_time"
	ReasonProofTokenHash Reason = "proof_token_hash"
	ReasonProofReplayed  Reason = "proof_replayed"
	ReasonProofNonce     Reason = "proof_nonce"
	ReasonScope          Reason = "scope"
	ReasonUnavailable    Reason = "unavailable"
)

const (
	invalidToken = "invalid_token"
	invalidProof = "invalid_dpop_proof"
)

type meaning struct {
	status      int
	code        string
	description string
}

// What the client is told. All that is not here is 401.
var meanings = map[Reason]meaning{
	ReasonMissing:        {401, "", "an access token is needed"},
	ReasonTwice:          {400, "invalid_request", "the access token was sent more than once"},
	ReasonMalformed:      {401, invalidToken, "the access token is malformed"},
	ReasonHeader:         {401, invalidToken, "the access token's header has a member that is not allowed"},
	ReasonType:           {401, invalidToken, "the access token has the wrong type"},
	ReasonAlgorithm:      {401, invalidToken, "the access token's algorithm is not allowed"},
	ReasonUnknownKey:     {401, invalidToken, "the access token's key is unknown"},
	ReasonSignature:      {401, invalidToken, "the access token's signature does not verify"},
	ReasonClaim:          {401, invalidToken, "a claim of the access token is missing or malformed"},
	ReasonIssuer:         {401, invalidToken, "the access token is from another issuer"},
	ReasonAudience:       {401, invalidToken, "the access token is for another resource"},
	ReasonExpired:        {401, invalidToken, "the access token has expired"},
	ReasonNotYetValid:    {401, invalidToken, "the access token is not valid yet"},
	ReasonRevoked:        {401, invalidToken, "the access token has been revoked"},
	ReasonInactive:       {401, invalidToken, "the access token is expired, revoked or unknown"},
	ReasonScheme:         {401, invalidToken, "the access token was sent under the wrong scheme"},
	ReasonKey:            {401, invalidToken, "the access token is bound to another key"},
	ReasonCertificate:    {401, invalidToken, "the access token is bound to another certificate"},
	ReasonConfirmation:   {401, invalidToken, "the access token is bound in an unknown way"},
	ReasonProofMissing:   {401, invalidProof, "the DPoP proof is missing"},
	ReasonProofMalformed: {401, invalidProof, "the DPoP proof is malformed"},
	ReasonProofKey:       {401, invalidProof, "the key of the DPoP proof is not allowed"},
	ReasonProofAlgorithm: {401, invalidProof, "the DPoP proof's algorithm is not allowed"},
	ReasonProofType:      {401, invalidProof, "the DPoP proof has the wrong type"},
	ReasonProofSignature: {401, invalidProof, "the DPoP proof's signature does not verify"},
	ReasonProofMethod:    {401, invalidProof, "the DPoP proof is for another method"},
	ReasonProofURL:       {401, invalidProof, "the DPoP proof is for another address"},
	ReasonProofTime:      {401, invalidProof, "the DPoP proof is too old or from the future"},
	ReasonProofTokenHash: {401, invalidProof, "the DPoP proof is for another access token"},
	ReasonProofReplayed:  {401, invalidProof, "the DPoP proof was used before"},
	ReasonProofNonce:     {401, "use_dpop_nonce", "the DPoP proof must carry the nonce of the DPoP-Nonce header"},
	ReasonScope:          {403, "insufficient_scope", "the access token lacks a permission"},
	ReasonUnavailable:    {503, "", "the access token cannot be checked now"},
}

// Schemes of credentials, as [WithSchemes] takes them.
const (
	SchemeBearer = typeBearer
	SchemeDPoP   = typeDPoP
)

// A Refusal is why a request may not pass.
type Refusal struct {
	Reason Reason
	// All permissions that the request needs.
	Scopes []string
	// The scheme under which the token came; empty where there was none.
	Tried string
	// The nonce that a proof must carry.
	Nonce string
	cause error
}

func refuse(reason Reason) *Refusal { return &Refusal{Reason: reason} }

func unavailable(cause error) *Refusal { return &Refusal{Reason: ReasonUnavailable, cause: cause} }

// Error is what the client is told. What is behind it is for whoever runs the API alone: see [Refusal.Cause].
func (r *Refusal) Error() string { return "grantd: " + r.Description() }

// Cause is the reason behind the reason, where there is one: why a token cannot be checked.
func (r *Refusal) Cause() error { return r.cause }

// Is has errors.Is(err, &Refusal{Reason: ReasonExpired}) ask for the reason.
func (r *Refusal) Is(target error) bool {
	other, is := target.(*Refusal)
	return is && other.Reason == r.Reason
}

// Unwrap is the reason behind the reason, where there is one: why a token cannot be checked.
func (r *Refusal) Unwrap() error { return r.cause }

// Description is the sentence for the client.
func (r *Refusal) Description() string { return r.meaning().description }

// Status is the HTTP status to answer with.
func (r *Refusal) Status() int { return r.meaning().status }

// Code is the OAuth error code; empty where the request had no token, or nobody could check it.
func (r *Refusal) Code() string { return r.meaning().code }

func (r *Refusal) meaning() meaning {
	if known, has := meanings[r.Reason]; has {
		return known
	}
	return meaning{http.StatusUnauthorized, invalidToken, "the access token is not accepted"}
}

// of is the same refusal, of a request that came under this scheme and needs these permissions.
func (r *Refusal) of(tried string, scopes []string) *Refusal {
	own := *r
	own.Tried, own.Scopes = tried, scopes
	return &own
}
