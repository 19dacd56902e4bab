// Package flight lets many callers wait for one piece of work. It must not know what the work is.
package flight

import "context"

// A Call is work under way.
type Call[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// Start begins work, which goes on whether anybody waits or not. Whatever the work itself has to tidy up is done before the first
// waiter hears of its end.
func Start[V any](work func() (V, error)) *Call[V] {
	call := &Call[V]{done: make(chan struct{})}
	go func() {
		defer close(call.done)
		call.value, call.err = work()
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
