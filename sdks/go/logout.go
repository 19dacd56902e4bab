package grantd

import (
	"context"
	"errors"
)

// end ends a login: it waits for a refresh that is under way, in this process or another, hands the newest tokens to who ends them at the
// server, and leaves nothing here or in the store. A stored entry that cannot be read is removed; one that is bound to another key is not.
func (s *slot) end(ctx context.Context, revoke func(context.Context, *tokenSet) error) error {
	if s == nil {
		return &ConfigurationError{"a TokenManager is made with NewTokenManager, ForUser or a login"}
	}
	if err := over(ctx); err != nil {
		return err
	}
	release, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer release()
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	stored, err := s.stored(ctx)
	if err != nil && !errors.Is(err, ErrDamaged) {
		return err
	}
	state := s.state.Load()
	newest := state.newest(stored)
	if newest == nil {
		newest = state.tokens
	}
	if newest != nil {
		if err := revoke(ctx, newest); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.state.Store(&slotState{})
	s.mu.Unlock()
	// What is revoked must not stay because its owner has lost patience.
	return s.remove(context.WithoutCancel(ctx))
}
