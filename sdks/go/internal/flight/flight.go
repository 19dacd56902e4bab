// Package flight lets many callers wait for one piece of work. It must not know what the work is.
package flight

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// A Call is work under way.
type Call[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// A PanicError says that code of the program that was called from here panicked, or ended its goroutine: a store, a transport, a signer, a
// clock.
type PanicError struct {
	// What it panicked with.
	Value any
	// Where; nil where it ended its goroutine.
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("grantd: code that was given panicked: %v", e.Value)
}

// errLeft is what work "panicked" with that ended its goroutine.
var errLeft = errors.New("it ended its goroutine (runtime.Goexit)")

// Guard does work, and makes an error of its panic, which would end the process, whose other work is none of its affair. It has a goroutine
// of its own, so that nobody else's ends where work ends its own ([runtime.Goexit], as a test's FailNow does).
func Guard[V any](work func() (V, error)) (value V, err error) {
	isDone := make(chan struct{})
	err = &PanicError{errLeft, nil}
	go func() {
		defer close(isDone)
		defer func() {
			if panicked := recover(); panicked != nil {
				err = &PanicError{panicked, debug.Stack()}
			}
		}()
		value, err = work()
	}()
	<-isDone
	return value, err
}

// Try is the same for work that has no result.
func Try(work func() error) error {
	_, err := Guard(func() (struct{}, error) { return struct{}{}, work() })
	return err
}

// Start begins work, which goes on whether anybody waits or not. Whatever the work itself has to tidy up is done before the first
// waiter hears of its end.
func Start[V any](work func() (V, error)) *Call[V] {
	call := &Call[V]{done: make(chan struct{})}
	go func() {
		defer close(call.done)
		call.value, call.err = Guard(work)
	}()
	return call
}

// Wait waits for the work's end, or for the caller's own.
func (c *Call[V]) Wait(ctx context.Context) (V, error) {
	select {
	case <-c.done:
		return c.value, c.err
	default:
	}
	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		var none V
		return none, context.Cause(ctx)
	}
}
