package grantd

import (
	"context"
	"time"

	"grantd.example/grantd/internal/flight"
)

// How long after a failure tokens that a store did not keep go there again.
const savePause = 5 * time.Second

// unsaved is why tokens are in memory alone. It must not know how tokens are got.
type unsaved struct {
	// What the store had when it failed to keep them; nil where it had nothing.
	over     *tokenSet
	failedAt time.Time
}

// isThere says whether the store still has what it had then.
func (u *unsaved) isThere(stored *tokenSet) bool {
	if stored == nil || u.over == nil {
		return stored == u.over
	}
	one, other := stored.stored, u.over.stored
	// The same instant can be written in several ways.
	isOfThen := one.ObtainedAt.Equal(other.ObtainedAt)
	one.ObtainedAt = other.ObtainedAt
	return isOfThen && one == other
}

// newest are the newer tokens of the store's and those in memory: the store's, but for what it failed to keep. No clock says which; it may
// have gone back in between, or be another process's.
func (s *slotState) newest(stored *tokenSet) *tokenSet {
	switch {
	case s.unsaved != nil && s.unsaved.isThere(stored), s.unsaved == nil && stored == nil:
		return s.tokens
	}
	return stored
}

// saveBeside has tokens that could not be saved go to the store again, if it is time to. Nobody waits for it.
func (s *slot) saveBeside() {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.state.Load().unsaved
	if left == nil || s.isSaving || isWithin(left.failedAt, s.keeper.clock.Now(), savePause) {
		return
	}
	s.isSaving = true
	s.keeper.fly(+1)
	flight.Start(func() (struct{}, error) {
		defer s.keeper.fly(-1)
		err := flight.Try(s.saveAgain)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.isSaving = false
		next := *s.state.Load()
		if err != nil && next.unsaved != nil {
			// Whoever needs the next tokens is told, if it lasts.
			next.unsaved = &unsaved{next.unsaved.over, s.keeper.clock.Now()}
			s.state.Store(&next)
		}
		return struct{}{}, err
	})
}

// saveAgain saves what could not be saved, once nobody replaces or ends it. What somebody else stored meanwhile goes before it; where he
// removed what was there, the login has ended.
func (s *slot) saveAgain() error {
	ctx, stop := within(context.Background(), s.keeper.clock, acquireTimeout)
	defer stop()
	release, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer release()
	state := s.state.Load()
	if state.unsaved == nil {
		return nil
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	stored, err := s.readable(ctx)
	if err != nil {
		return err
	}
	isOutdated := state.unsaved.isThere(stored)
	if isOutdated {
		if err := s.save(ctx, state.tokens); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := *s.state.Load()
	if next.unsaved = nil; !isOutdated {
		next = slotState{tokens: stored, jitter: s.keeper.random(), refused: next.refused}
	}
	s.state.Store(&next)
	return nil
}
