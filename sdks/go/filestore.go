package grantd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"grantd.example/grantd/internal/strict"
)

// How often a lock is tried that somebody else has.
const lockPoll = 25 * time.Millisecond

const (
	draftBytes  = 6
	draftEnding = ".tmp"
)

// A FileStore keeps each token in a file of its own that only this user may read: for command-line programs, and for several
// processes on one machine. Its locks are the operating system's, which end with the process that holds them.
type FileStore struct {
	directory string
	clock     Clock
}

// NewFileStore keeps tokens in a directory, which is made for this user alone when it is not there.
func NewFileStore(directory string) *FileStore {
	return &FileStore{directory: directory, clock: systemClock{}}
}

// Get reads a file. A damaged one is an error: silently losing a refresh token would end the login.
func (s *FileStore) Get(_ context.Context, key string) (*StoredTokens, error) {
	path, err := s.path(key, ".json")
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var tokens StoredTokens
	isWhole := json.Unmarshal(data, &tokens) == nil && tokens.AccessToken != "" && !tokens.ObtainedAt.IsZero()
	if !isWhole || tokens.TokenType != typeBearer && tokens.TokenType != typeDPoP {
		return nil, fmt.Errorf("%w: %s", ErrDamaged, path)
	}
	return &tokens, nil
}

// Set writes a file, whole or not at all. Whoever calls it holds the key's lock, as a manager does: what a crash left of the key is removed.
func (s *FileStore) Set(_ context.Context, key string, tokens StoredTokens) error {
	path, err := s.path(key, ".json")
	if err != nil {
		return err
	}
	data, err := json.Marshal(tokens)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.directory, 0o700); err != nil {
		return err
	}
	// Without it these tokens are kept all the same.
	_ = s.sweep(key)
	draft := filepath.Join(s.directory, key+"."+strict.Encode(randomBytes(draftBytes))+draftEnding)
	err = writeSafely(draft, data)
	if err == nil {
		err = os.Rename(draft, path)
	}
	if err != nil {
		_ = os.Remove(draft)
	}
	return err
}

// sweep removes what a crash left of a key: a draft has the tokens that were to be kept.
func (s *FileStore) sweep(key string) error {
	entries, err := os.ReadDir(s.directory)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var failed error
	for _, entry := range entries {
		middle, isKeys := strings.CutPrefix(entry.Name(), key+".")
		middle, isDraft := strings.CutSuffix(middle, draftEnding)
		if random, err := strict.Decode(middle); isKeys && isDraft && err == nil && len(random) == draftBytes {
			failed = errors.Join(failed, os.Remove(filepath.Join(s.directory, entry.Name())))
		}
	}
	return failed
}

// writeSafely returns when the bytes are on the disk: a crash leaves the old tokens or the new ones, never half of either.
func writeSafely(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// Delete removes a file, and what a crash left of it.
func (s *FileStore) Delete(_ context.Context, key string) error {
	path, err := s.path(key, ".json")
	if err != nil {
		return err
	}
	err = os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, s.sweep(key))
}

// Lock waits until no other process, and nobody else in this one, holds the key.
func (s *FileStore) Lock(ctx context.Context, key string) (func(), error) {
	path, err := s.path(key, ".lock")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.directory, 0o700); err != nil {
		return nil, err
	}
	for {
		unlock, err := tryLock(path)
		if err == nil || !errors.Is(err, errLocked) {
			return unlock, err
		}
		if err := sleep(ctx, s.clock, lockPoll); err != nil {
			return nil, err
		}
	}
}

// errLocked says that somebody else has the lock.
var errLocked = errors.New("locked")

// path is a file of the directory. A key is what the manager makes; anything else could lead out of it.
func (s *FileStore) path(key, extension string) (string, error) {
	if _, err := strict.Decode(key); err != nil || key == "" {
		return "", errors.New("a key is the base64url text that the manager makes")
	}
	return filepath.Join(s.directory, key+extension), nil
}
