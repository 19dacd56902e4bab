package grantd

import (
	"context"
	"errors"
	"sync"
)

// ErrDamaged is in the chain of an error of [TokenStore]'s Get about an entry that is there and cannot be read. It is replaced where the
// tokens are the client's own, and removed by [TokenManager.Revoke]; a user's login it does not end by itself.
var ErrDamaged = errors.New("the stored tokens are damaged")

// A TokenStore keeps tokens for several processes or for the next start. What it gets are secrets. An error of any method reaches
// the caller as a [StoreError].
type TokenStore interface {
	// Get is what was set last under this key; nil without an error where there is nothing.
	Get(ctx context.Context, key string) (*StoredTokens, error)
	// Set returns when the tokens are safe: a refresh token that is lost ends the login.
	Set(ctx context.Context, key string, tokens StoredTokens) error
	// Delete forgets the key. One that is not there is forgotten already.
	Delete(ctx context.Context, key string) error
}

// A TokenLocker is a [TokenStore] that can also keep others away, in any process. Without it, processes that refresh at the same time
// rely on the server's grace period.
type TokenLocker interface {
	// Lock waits until nobody else holds the key. What it returns gives it back.
	Lock(ctx context.Context, key string) (unlock func(), err error)
}

// A MemoryStore keeps tokens in this process: what a manager does anyway, as a store to share between managers.
type MemoryStore struct {
	redacted
	mu     sync.Mutex
	tokens map[string]StoredTokens
	locks  map[string]chan struct{}
}

// NewMemoryStore makes an empty one.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{}
}

// Get is what was set last.
func (s *MemoryStore) Get(_ context.Context, key string) (*StoredTokens, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tokens, has := s.tokens[key]
	if !has {
		return nil, nil
	}
	return &tokens, nil
}

// Set keeps tokens.
func (s *MemoryStore) Set(_ context.Context, key string, tokens StoredTokens) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens == nil {
		s.tokens = map[string]StoredTokens{}
	}
	s.tokens[key] = tokens
	return nil
}

// Delete forgets them.
func (s *MemoryStore) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, key)
	return nil
}

// Lock waits until no other manager of this process holds the key.
func (s *MemoryStore) Lock(ctx context.Context, key string) (func(), error) {
	s.mu.Lock()
	lock, has := s.locks[key]
	if s.locks == nil {
		s.locks = map[string]chan struct{}{}
	}
	if !has {
		lock = make(chan struct{}, 1)
		s.locks[key] = lock
	}
	s.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
