package grantd

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/rules"
)

const (
	maxSlots = 1000
	// For getting one token, locks of other processes included.
	acquireTimeout = time.Minute
	// For how long a failure is handed out again where there is no usable token.
	failurePause = time.Second
	// The same for a client that the server does not know: trying again does not help.
	clientPause = 5 * time.Second
	// For how long at most because the server asks for it.
	longestPause = time.Minute
)

// acquire asks for a token. before is the one that it replaces, if there is one.
type acquire func(ctx context.Context, before *tokenSet) (*tokenSet, error)

// A keeper keeps tokens, one for each purpose, and replaces them in time: one request at a time for each, early where possible, never
// losing a token that is still good. It must not know how a token is asked for.
type keeper struct {
	clock  Clock
	store  TokenStore
	random func() float64
	// For keeping tokens in the store.
	saving time.Duration

	mu    sync.Mutex
	slots map[string]*slot
	names []string
	// Flights under way; idle is signalled when there is none left.
	flying int
	idle   *sync.Cond
}

func newKeeper(settings managerSettings) *keeper {
	k := &keeper{clock: settings.clock, store: settings.store, random: settings.random, saving: settings.timeout, slots: map[string]*slot{}}
	k.idle = sync.NewCond(&k.mu)
	return k
}

// A slot has the token of one purpose.
type slot struct {
	keeper  *keeper
	key     string
	owner   owner
	acquire acquire
	state   atomic.Pointer[slotState]
	// Held by who replaces the token, or ends it.
	turn chan struct{}

	mu   sync.Mutex
	call *flight.Call[kept]
	// Whether tokens that could not be saved are on their way to the store again.
	isSaving bool
}

// A slotState is never changed, only replaced, under the slot's lock; it is read without.
type slotState struct {
	tokens *tokenSet
	jitter float64
	// When a refresh failed; zero when none did. With failure, and for how long that is handed out where there is no usable token.
	failedAt time.Time
	failure  error
	pause    time.Duration
	// The access token that an API refused. It is not handed out again, not even from the store.
	refused string
	// What stands in the store in place of the tokens, where they could not be saved; nil where they are.
	unsaved *unsaved
}

// kept is a token, and whether it was there already when it was asked for.
type kept struct {
	tokens *tokenSet
	cached bool
	// Not nil where the store did not keep them.
	unsaved *unsaved
}

// slot is the place of a purpose. The one that was made first makes room where there are too many; who holds it keeps it.
func (k *keeper) slot(purpose rules.Purpose, owner owner, acquire acquire) *slot {
	name := purpose.Written()
	k.mu.Lock()
	defer k.mu.Unlock()
	if known, has := k.slots[name]; has {
		return known
	}
	if len(k.names) >= maxSlots {
		delete(k.slots, k.names[0])
		k.names = k.names[1:]
	}
	made := &slot{keeper: k, key: purpose.Key(), owner: owner, acquire: acquire, turn: make(chan struct{}, 1)}
	made.state.Store(&slotState{})
	k.slots[name], k.names = made, append(k.names, name)
	return made
}

// wait returns when nothing is under way any more.
func (k *keeper) wait() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.flying > 0 {
		k.idle.Wait()
	}
}

func (k *keeper) fly(by int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.flying += by; k.flying == 0 {
		k.idle.Broadcast()
	}
}

// get is the kept token while it is good, else the next one.
func (s *slot) get(ctx context.Context) (kept, error) {
	if s == nil {
		return kept{}, &ConfigurationError{"a TokenManager is made with NewTokenManager, ForUser or a login"}
	}
	state := s.state.Load()
	step := s.step(state)
	if state.unsaved != nil && step != rules.Block {
		s.saveBeside()
	}
	if step == rules.Fresh {
		return kept{tokens: state.tokens, cached: true}, nil
	}
	if ctx == nil {
		return kept{}, &ConfigurationError{"the context is missing"}
	}
	if ctx.Err() != nil {
		return kept{}, context.Cause(ctx)
	}
	call, known, err := s.start(ctx)
	switch {
	case known != nil:
		return kept{tokens: known, cached: true}, nil
	case step == rules.Background:
		return kept{tokens: state.tokens, cached: true}, nil
	case err != nil:
		return kept{}, err
	}
	got, err := call.Wait(ctx)
	if err != nil && ctx.Err() != nil {
		return kept{}, context.Cause(ctx)
	}
	return got, err
}

// start begins to replace the token, unless somebody has begun already, or has just done it, or has just failed to.
func (s *slot) start(ctx context.Context) (*flight.Call[kept], *tokenSet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.call != nil {
		return s.call, nil, nil
	}
	state := s.state.Load()
	step := s.step(state)
	if step == rules.Fresh {
		return nil, state.tokens, nil
	}
	if step == rules.Block && state.failure != nil && isWithin(state.failedAt, s.keeper.clock.Now(), state.pause) {
		return nil, nil, state.failure
	}
	// Who asked first may lose patience; the others, and the refresh token, must not suffer from it.
	own := context.WithoutCancel(ctx)
	s.keeper.fly(+1)
	s.call = flight.Start(func() (kept, error) {
		defer s.keeper.fly(-1)
		return s.inTurn(own)
	})
	return s.call, nil, nil
}

// inTurn replaces the token once nobody ends it any more, and keeps what came of it, whatever that is, before it is somebody else's turn.
func (s *slot) inTurn(ctx context.Context) (kept, error) {
	release := func() {}
	defer func() { release() }()
	got, err := flight.Guard(func() (kept, error) {
		limited, stop := within(ctx, s.keeper.clock, acquireTimeout)
		defer stop()
		turn, err := s.take(limited)
		if err != nil {
			return kept{}, err
		}
		release = turn
		return s.replace(limited)
	})
	s.settle(got, err)
	return got, err
}

// take waits until nobody else replaces or ends the token.
func (s *slot) take(ctx context.Context) (release func(), err error) {
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *slot) settle(got kept, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.call = nil
	next := *s.state.Load()
	var ended *LoginRequiredError
	switch {
	// Where the store failed the caller learns of it, but the refresh token must not be lost: the one before it is used up.
	case err == nil, got.tokens != nil:
		next = slotState{tokens: got.tokens, jitter: s.keeper.random(), refused: next.refused, unsaved: got.unsaved}
	case errors.As(err, &ended):
		next = slotState{refused: next.refused}
	default:
		next.failure, next.failedAt, next.pause = err, s.keeper.clock.Now(), pauseOf(err)
	}
	s.state.Store(&next)
}

// pauseOf is for how long a failure is handed out again.
func pauseOf(err error) time.Duration {
	var refused *OAuthError
	var reply *ReplyError
	switch {
	case errors.As(err, &refused) && (refused.Code == "invalid_client" || refused.Code == "unauthorized_client"):
		return clientPause
	case errors.As(err, &reply) && reply.RetryAfter > 0 && (reply.Status == 429 || reply.Status == 503):
		return min(reply.RetryAfter, longestPause)
	}
	return failurePause
}

func (s *slot) step(state *slotState) rules.Step {
	if state.tokens == nil || state.tokens.stored.AccessToken == state.refused {
		return rules.Block
	}
	now := s.keeper.clock.Now()
	return rules.Schedule(rules.Token{
		Lifetime:  state.tokens.lifetime,
		Jitter:    state.jitter,
		Age:       now.Sub(state.tokens.stored.ObtainedAt),
		Failed:    !state.failedAt.IsZero() && !now.Before(state.failedAt),
		FailedAgo: now.Sub(state.failedAt),
	})
}

// refuse notes that an API does not take the token. One that was replaced meanwhile is not handed out any more, and to note it would let one
// pass that was refused since.
func (s *slot) refuse(tokens *tokenSet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := *s.state.Load()
	if next.tokens == nil || next.tokens.stored.AccessToken != tokens.stored.AccessToken {
		return
	}
	next.refused = tokens.stored.AccessToken
	s.state.Store(&next)
}

// begin keeps the token of a login, which goes before whatever the store has, and waits for who replaces or ends that.
func (s *slot) begin(ctx context.Context, tokens *tokenSet) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return s.put(ctx, tokens)
}

// put keeps a token that was obtained elsewhere, in the store first. Its caller holds the store's lock.
func (s *slot) put(ctx context.Context, tokens *tokenSet) error {
	if err := s.save(ctx, tokens); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Store(&slotState{tokens: tokens, jitter: s.keeper.random()})
	return nil
}

// offer keeps a token from elsewhere, unless the store has one.
func (s *slot) offer(ctx context.Context, tokens *tokenSet) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	stored, err := s.stored(ctx)
	if err != nil || stored != nil {
		return err
	}
	return s.put(ctx, tokens)
}
