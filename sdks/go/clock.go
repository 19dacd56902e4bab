package grantd

import (
	"context"
	"time"
)

// A Clock says what time it is, and rings. Tests bring one that obeys.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own after d. What it returns keeps it from doing so.
	AfterFunc(d time.Duration, f func()) (stop func())
}

type systemClock struct{}

// Now leaves the monotonic reading out: it stands still while a computer sleeps, and tokens do not.
func (systemClock) Now() time.Time { return time.Now().Round(0) }

func (systemClock) AfterFunc(d time.Duration, f func()) func() {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}

// isWithin says whether less than a time has passed since then. A clock that stepped back has passed it: what is to happen by then must
// not wait until the clock is there again.
func isWithin(since, now time.Time, d time.Duration) bool {
	age := now.Sub(since)
	return age >= 0 && age < d
}

// over is why a context that there is not, or that has ended, serves nobody.
func over(ctx context.Context) error {
	if ctx == nil {
		return &ConfigurationError{"the context is missing"}
	}
	return context.Cause(ctx)
}

// sleep waits on a clock, or until the context ends.
func sleep(ctx context.Context, clock Clock, d time.Duration) error {
	rang := make(chan struct{})
	defer clock.AfterFunc(d, func() { close(rang) })()
	select {
	case <-rang:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// within is a context that ends with the cause errLate when a time on the clock has passed. Whoever calls it calls stop at the end.
func within(ctx context.Context, clock Clock, d time.Duration) (limited context.Context, stop func()) {
	limited, cancel := context.WithCancelCause(ctx)
	silence := clock.AfterFunc(d, func() { cancel(errLate) })
	return limited, func() {
		silence()
		cancel(context.Canceled)
	}
}
