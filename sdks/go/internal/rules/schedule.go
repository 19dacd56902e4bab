package rules

import "time"

const (
	// How long before a token's end callers wait for the next one, at most.
	blocksAtMost = 5 * time.Second
	// How long before a token's end the next one is fetched in the background, at most.
	aheadAtMost = 60 * time.Second
	// How long after a failed early refresh there is no other.
	afterFailure = 5 * time.Second
)

// UnknownLifetime is what a token is taken to live when the server does not say.
const UnknownLifetime = 300 * time.Second

// A Step is what to do about a token.
type Step int

const (
	// Fresh means: use it.
	Fresh Step = iota
	// Background means: use it, and fetch the next one meanwhile.
	Background
	// Block means: wait for the next one.
	Block
)

func (s Step) String() string {
	return [...]string{"fresh", "background", "block"}[s]
}

// A Token's times, of which a decision is made.
type Token struct {
	Lifetime time.Duration
	// From 0 up to 1, drawn once for each token: it spreads the refreshes of many processes.
	Jitter float64
	// How long ago the token was asked for.
	Age time.Duration
	// How long ago an early refresh failed, if one did.
	Failed    bool
	FailedAgo time.Duration
}

// Schedule decides.
func Schedule(t Token) Step {
	ahead, blocks := Windows(t.Lifetime, t.Jitter)
	left := t.Lifetime - t.Age
	switch {
	case left <= blocks:
		return Block
	case left <= ahead && (!t.Failed || t.FailedAgo >= afterFailure):
		return Background
	}
	return Fresh
}

// Windows are how long before a token's end it is refreshed in the background, and from when on callers wait. Whole
// milliseconds, so that all SDKs agree.
func Windows(lifetime time.Duration, jitter float64) (ahead, blocks time.Duration) {
	window := min(aheadAtMost, (lifetime / 5).Truncate(time.Millisecond))
	spread := time.Duration(float64(window.Milliseconds())*jitter/5) * time.Millisecond
	return window + spread, min(blocksAtMost, (lifetime / 20).Truncate(time.Millisecond))
}
