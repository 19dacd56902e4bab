//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package grantd

import "errors"

// tryLock is not to be had on this system: two processes that refresh at once would end a login.
func tryLock(string) (unlock func(), err error) {
	return nil, errors.ErrUnsupported
}
