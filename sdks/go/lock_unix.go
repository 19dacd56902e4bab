//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package grantd

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes a file's lock, or says that it is taken. The file stays: removing it would let two holders have two files of one name.
func tryLock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
			return nil, errLocked
		}
		return nil, err
	}
	return func() { _ = file.Close() }, nil
}
