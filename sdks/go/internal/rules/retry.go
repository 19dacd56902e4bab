package rules

import "slices"

// A Retry is what to do after a reply.
type Retry int

const (
	// NoRetry means: the reply is the caller's.
	NoRetry Retry = iota
	// NewToken means: drop the token, get another, send again.
	NewToken
	// Nonce means: send again with the nonce that came with the reply.
	Nonce
)

func (r Retry) String() string {
	return [...]string{"none", "new_token", "nonce"}[r]
}

// A Reply is what a decision to send again is made of.
type Reply struct {
	Status     int
	Challenges []Challenge
	// Whether it brought a nonce that was not tried yet.
	HasNonce bool
	// Whether the token was not obtained for this very request.
	Cached bool
	// Whether the body can be sent again.
	Replayable bool
	// Counts from 1.
	Attempt int
}

// DecideRetry decides whether a request is sent again: once, and never to ask for a permission that the token lacks.
func DecideRetry(reply Reply) Retry {
	if reply.Status != 401 || !reply.Replayable {
		return NoRetry
	}
	isWorthIt := reply.Cached && reply.Attempt == 1
	for _, challenge := range reply.Challenges {
		if challenge.Scheme != "bearer" && challenge.Scheme != "dpop" {
			continue
		}
		code, has := challenge.Parameters["error"]
		if code == "use_dpop_nonce" {
			if reply.HasNonce {
				return Nonce
			}
			return NoRetry
		}
		if has && code != "invalid_token" {
			isWorthIt = false
		}
	}
	if isWorthIt {
		return NewToken
	}
	return NoRetry
}

// NeededScopes are the scopes that a call needs (RFC 6750 section 3.1), and whether a reply said so.
func NeededScopes(challenges []Challenge) ([]string, bool) {
	for _, challenge := range challenges {
		if challenge.Parameters["error"] == "insufficient_scope" {
			scopes, _ := ParseScopes(challenge.Parameters["scope"])
			return slices.Clip(scopes), true
		}
	}
	return nil, false
}
