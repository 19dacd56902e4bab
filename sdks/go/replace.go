package grantd

import (
	"context"
	"errors"

	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/rules"
)

// replace gets the next token: the store's, where another process was faster, or a new one, asked for alone among all processes
// where the store can lock.
func (s *slot) replace(ctx context.Context) (kept, error) {
	own := s.state.Load().tokens
	store := s.keeper.store
	if store == nil {
		tokens, err := s.acquire(ctx, own)
		return kept{tokens: tokens}, err
	}
	if own == nil {
		// At the start most tokens are simply there.
		stored, err := s.readable(ctx)
		if err != nil {
			return kept{}, err
		}
		if s.isUsable(stored) {
			return kept{tokens: stored, cached: true}, nil
		}
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return kept{}, err
	}
	defer unlock()
	return s.replaceStored(ctx, own)
}

// lock keeps other processes away, where the store can.
func (s *slot) lock(ctx context.Context) (unlock func(), err error) {
	locker, can := s.keeper.store.(TokenLocker)
	if !can {
		return func() {}, nil
	}
	held, err := flight.Guard(func() (func(), error) { return locker.Lock(ctx, s.key) })
	if err != nil {
		return nil, storeError(err)
	}
	// What is stored by then must not be lost because the lock breaks.
	return func() { _ = flight.Try(func() error { held(); return nil }) }, nil
}

func (s *slot) replaceStored(ctx context.Context, own *tokenSet) (kept, error) {
	stored, err := s.readable(ctx)
	if err != nil {
		return kept{}, err
	}
	before := s.state.Load().newest(stored)
	isOther := stored != nil && (own == nil || stored.stored.AccessToken != own.stored.AccessToken)
	if isOther && before == stored && s.isUsable(stored) {
		return kept{tokens: stored, cached: true}, nil
	}
	tokens, err := s.acquire(ctx, before)
	var ended *LoginRequiredError
	if errors.As(err, &ended) {
		return s.afterEnd(ctx, before, err)
	}
	if err != nil {
		return kept{}, err
	}
	if err := s.save(ctx, tokens); err != nil {
		return kept{tokens: tokens, unsaved: &unsaved{over: stored, failedAt: s.keeper.clock.Now()}}, err
	}
	return kept{tokens: tokens}, nil
}

// afterEnd is for a refresh token that the server does not take. Somebody without a lock may have used it first: then what he got is in
// the store. Otherwise the login has ended.
func (s *slot) afterEnd(ctx context.Context, before *tokenSet, ended error) (kept, error) {
	since, err := s.stored(ctx)
	if err != nil {
		return kept{}, err
	}
	isSuccessor := since != nil && (before == nil || since.stored.RefreshToken != before.stored.RefreshToken)
	if left := s.state.Load().unsaved; left != nil && left.isThere(since) {
		isSuccessor = false
	}
	if isSuccessor && s.isUsable(since) {
		return kept{tokens: since, cached: true}, nil
	}
	// What may be another key's is not deleted because this one was refused.
	if before != nil && s.owner.knows(before.stored) {
		if err := s.remove(ctx); err != nil {
			return kept{}, err
		}
	}
	return kept{}, ended
}

func (s *slot) isUsable(tokens *tokenSet) bool {
	return tokens != nil && s.step(&slotState{tokens: tokens, refused: s.state.Load().refused}) != rules.Block
}

// readable is what is stored. What is the client's own and cannot be read is fetched anew; the loss of a user's login must not go unseen.
func (s *slot) readable(ctx context.Context) (*tokenSet, error) {
	stored, err := s.stored(ctx)
	if !s.owner.isUser && errors.Is(err, ErrDamaged) {
		return nil, nil
	}
	return stored, err
}

// stored is what is stored for this owner.
func (s *slot) stored(ctx context.Context) (*tokenSet, error) {
	if s.keeper.store == nil {
		return nil, nil
	}
	stored, err := flight.Guard(func() (*StoredTokens, error) { return s.keeper.store.Get(ctx, s.key) })
	if err != nil || stored == nil {
		return nil, storeError(err)
	}
	return s.owner.usable(*stored)
}

func (s *slot) remove(ctx context.Context) error {
	if s.keeper.store == nil {
		return nil
	}
	return storeError(flight.Try(func() error { return s.keeper.store.Delete(ctx, s.key) }))
}

// save has its own time: neither who asked nor what took long before it must make a refresh token get lost.
func (s *slot) save(ctx context.Context, tokens *tokenSet) error {
	if s.keeper.store == nil {
		return nil
	}
	own, stop := within(context.WithoutCancel(ctx), s.keeper.clock, s.keeper.saving)
	defer stop()
	return storeError(flight.Try(func() error { return s.keeper.store.Set(own, s.key, tokens.stored) }))
}

func storeError(err error) error {
	if err == nil {
		return nil
	}
	return &StoreError{Cause: err}
}
