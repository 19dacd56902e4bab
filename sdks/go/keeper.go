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
)

// acquire asks for a token. before is the one that it replaces, if there is one.
type acquire func(ctx context.Context, before *tokenSet) (*tokenSet, error)

// A keeper keeps tokens, one for each purpose, and replaces them in time: one request at a time for each, early where possible, never
// losing a token that is still good. It must not know how a token is asked for.
type keeper struct {
	clock  Clock
	store  TokenStore
	random func() float64

	mu    sync.Mutex
	slots map[string]*slot
	names []string
	// Flights under way; idle is signalled when there is none left.
	flying int
	idle   *sync.Cond
}

func newKeeper(settings managerSettings) *keeper {
	k := &keeper{clock: settings.clock, store: settings.store, random: settings.random, slots: map[string]*slot{}}
	k.idle = sync.NewCond(&k.mu)
	return k
}

// A slot has the token of one purpose.
type slot struct {
	keeper  *keeper
	key     string
	acquire acquire
	state   atomic.Pointer[slotState]

	mu   sync.Mutex
	call *flight.Call[kept]
}

// A slotState is never changed, only replaced, under the slot's lock; it is read without.
type slotState struct {
	tokens *tokenSet
	jitter float64
	// When an early refresh failed; zero when none did.
	failedAt time.Time
	// The access token that an API refused. It is not handed out again, not even from the store.
	refused string
}

// kept is a token, and whether it was there already when it was asked for.
type kept struct {
	tokens *tokenSet
	cached bool
}

// slot is the place of a purpose. The one that was made first makes room where there are too many; who holds it keeps it.
func (k *keeper) slot(purpose rules.Purpose, acquire acquire) *slot {
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
	made := &slot{keeper: k, key: purpose.Key(), acquire: acquire}
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
	state := s.state.Load()
	step := s.step(state)
	if step == rules.Fresh {
		return kept{state.tokens, true}, nil
	}
	call, known := s.start(ctx)
	if known != nil {
		return kept{known, true}, nil
	}
	if step == rules.Background {
		return kept{state.tokens, true}, nil
	}
	got, err := call.Wait(ctx)
	if err != nil && ctx.Err() != nil {
		return kept{}, context.Cause(ctx)
	}
	return got, err
}

// start begins to replace the token, unless somebody has begun already, or has just done it.
func (s *slot) start(ctx context.Context) (*flight.Call[kept], *tokenSet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.call != nil {
		return s.call, nil
	}
	if state := s.state.Load(); s.step(state) == rules.Fresh {
		return nil, state.tokens
	}
	// Who asked first may lose patience; the others, and the refresh token, must not suffer from it.
	own := context.WithoutCancel(ctx)
	s.keeper.fly(+1)
	s.call = flight.Start(func() (kept, error) {
		defer s.keeper.fly(-1)
		limited, stop := within(own, s.keeper.clock, acquireTimeout)
		defer stop()
		got, err := s.replace(limited)
		s.settle(got, err)
		return got, err
	})
	return s.call, nil
}

func (s *slot) settle(got kept, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.call = nil
	next := *s.state.Load()
	var ended *LoginRequiredError
	var store *StoreError
	switch {
	case err == nil:
		next = slotState{tokens: got.tokens, jitter: s.keeper.random(), refused: next.refused}
	case errors.As(err, &ended):
		next = slotState{refused: next.refused}
	case !errors.As(err, &store):
		next.failedAt = s.keeper.clock.Now()
	case got.tokens != nil:
		// The caller learns of it, but the refresh token must not be lost: the one before it is used up.
		next = slotState{tokens: got.tokens, jitter: s.keeper.random(), refused: next.refused}
	}
	s.state.Store(&next)
}

func (s *slot) step(state *slotState) rules.Step {
	if state.tokens == nil || state.tokens.stored.AccessToken == state.refused {
		return rules.Block
	}
	now := s.keeper.clock.Now()
	return rules.Schedule(rules.Token{
		Lifetime:  state.tokens.stored.Lifetime,
		Jitter:    state.jitter,
		Age:       now.Sub(state.tokens.stored.ObtainedAt),
		Failed:    !state.failedAt.IsZero(),
		FailedAgo: now.Sub(state.failedAt),
	})
}

// refuse notes that an API does not take a token.
func (s *slot) refuse(tokens *tokenSet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := *s.state.Load()
	next.refused = tokens.stored.AccessToken
	s.state.Store(&next)
}

// put keeps a token that was obtained elsewhere, in the store first.
func (s *slot) put(ctx context.Context, tokens *tokenSet) error {
	if err := s.save(ctx, tokens); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Store(&slotState{tokens: tokens, jitter: s.keeper.random()})
	return nil
}

// peek is what is kept at the moment, good or not.
func (s *slot) peek(ctx context.Context) (*tokenSet, error) {
	if tokens := s.state.Load().tokens; tokens != nil {
		return tokens, nil
	}
	return s.stored(ctx)
}

// forget forgets the token, in the store too.
func (s *slot) forget(ctx context.Context) error {
	s.mu.Lock()
	s.state.Store(&slotState{})
	s.mu.Unlock()
	if s.keeper.store == nil {
		return nil
	}
	return storeError(s.keeper.store.Delete(ctx, s.key))
}
