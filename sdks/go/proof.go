package grantd

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"time"

	"grantd.example/grantd/internal/jose"
	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/strict"
)

const (
	// How long ago a proof may have been made: less than this.
	proofBehind = 60 * time.Second
	// How far ahead of this clock a proof may be.
	proofAhead  = 10 * time.Second
	maxProof    = 4096
	maxProofID  = 256
	lastInstant = float64(lastDate)
)

// Header members that no proof has.
var forbiddenInProofs = []string{"jku", "x5u", "x5c", "crit", "b64"}

// A ProofMemory remembers proofs that were taken, for several processes together.
type ProofMemory interface {
	// Take notes a proof, and says whether it is new; atomic, since of two requests with one proof only one may pass. It may be
	// forgotten after until.
	Take(ctx context.Context, proof string, until time.Time) (bool, error)
}

// proofKept is for how long a proof that was taken could be taken again.
const proofKept = proofBehind + proofAhead + time.Second

// A proofChecker checks proofs of possession beside an access token (RFC 9449 section 4.3): made by the token's key, for this request, just
// now, and never seen before.
type proofChecker struct {
	clock Clock
	// The memory of several processes; where there is none, that of this one.
	memory ProofMemory
	own    *ownMemory
}

// proofFor is what a proof has to be for.
type proofFor struct {
	method, token string
	// Where the request came, as [rules.Target] writes it; false where that is no address.
	target   string
	isTarget bool
	// Whose it is.
	clientID string
	// The nonce that the API asks for; empty if it does not.
	nonce string
}

// check checks a proof of the key with this thumbprint, and uses it up.
func (c proofChecker) check(ctx context.Context, proofs []string, request proofFor, thumbprint string) error {
	if len(proofs) == 0 {
		return refuse(ReasonProofMissing)
	}
	if len(proofs) > 1 {
		return refuse(ReasonProofMalformed)
	}
	jws, err := jose.TakeApart(proofs[0], maxProof, nil)
	if err != nil || jws.Header.HasAny(forbiddenInProofs...) {
		return refuse(ReasonProofMalformed)
	}
	key, err := proven(jws)
	if err != nil {
		return err
	}
	id, err := c.checkClaims(jws.Claims, request)
	if err != nil {
		return err
	}
	own := key.Thumbprint()
	if subtle.ConstantTimeCompare([]byte(own), []byte(thumbprint)) != 1 {
		return refuse(ReasonKey)
	}
	name := sha256.Sum256([]byte(own + " " + id))
	isNew, err := c.take(ctx, name, request.clientID)
	if err != nil {
		return unavailable(err)
	}
	if !isNew {
		return refuse(ReasonProofReplayed)
	}
	return nil
}

func (c proofChecker) take(ctx context.Context, name [sha256.Size]byte, clientID string) (bool, error) {
	if c.memory == nil {
		return c.own.take(name, clientID)
	}
	return c.memory.Take(ctx, strict.Encode(name[:]), c.clock.Now().Add(proofKept))
}

// proven is the key in the header, once the signature has shown that the sender has its private half.
func proven(jws *jose.JWS) (*jose.PublicKey, error) {
	if !jws.Header.TypeIs("dpop+jwt") {
		return nil, refuse(ReasonProofType)
	}
	if !jose.IsAlgorithm(jws.Header.Alg) {
		return nil, refuse(ReasonProofAlgorithm)
	}
	jwk, _ := jws.Header.Members["jwk"].(map[string]any)
	key := jose.ReadPublic(jwk)
	if key == nil || !key.Suits(jws.Header.Alg) {
		return nil, refuse(ReasonProofKey)
	}
	if !key.Verifies(jws.Header.Alg, jws.Signed, jws.Signature) {
		return nil, refuse(ReasonProofSignature)
	}
	return key, nil
}

func (c proofChecker) checkClaims(claims strict.Object, request proofFor) (string, error) {
	read := strict.Read(claims)
	id, _ := read.Text("jti")
	method, _ := read.Text("htm")
	address, _ := read.Text("htu")
	hash, _ := read.Text("ath")
	nonce, _ := read.Text("nonce")
	madeAt, isDated := read.Number("iat")
	if read.Err() != nil || id == "" || len(id) > maxProofID || method == "" || address == "" || !isDated {
		return "", refuse(ReasonProofMalformed)
	}
	if method != request.method {
		return "", refuse(ReasonProofMethod)
	}
	target, isTarget := rules.TargetURI(address)
	if !isTarget || !request.isTarget || target != request.target {
		return "", refuse(ReasonProofURL)
	}
	if madeAt < 0 || madeAt > lastInstant || !c.isRecent(time.Unix(int64(madeAt), 0)) {
		return "", refuse(ReasonProofTime)
	}
	if subtle.ConstantTimeCompare([]byte(hash), []byte(tokenHash(request.token))) != 1 {
		return "", refuse(ReasonProofTokenHash)
	}
	if request.nonce != "" && subtle.ConstantTimeCompare([]byte(nonce), []byte(request.nonce)) != 1 {
		return "", &Refusal{Reason: ReasonProofNonce, Nonce: request.nonce}
	}
	return id, nil
}

func (c proofChecker) isRecent(madeAt time.Time) bool {
	now := c.clock.Now().Truncate(time.Second)
	return madeAt.After(now.Add(-proofBehind)) && !madeAt.After(now.Add(proofAhead))
}
