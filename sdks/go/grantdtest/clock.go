package grantdtest

import (
	"sync"
	"time"
)

// A Clock stands still until it is told otherwise. It is a [grantd.Clock].
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	alarms map[*alarm]struct{}
}

type alarm struct {
	at   time.Time
	ring func()
}

// NewClock makes a clock. The zero time stands for the beginning of 2027.
func NewClock(now time.Time) *Clock {
	if now.IsZero() {
		now = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return &Clock{now: now, alarms: map[*alarm]struct{}{}}
}

// Now is what it was told last.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc calls f, in a goroutine of its own, when the clock was moved on by d.
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	made := &alarm{c.now.Add(d), f}
	c.alarms[made] = struct{}{}
	if d <= 0 {
		c.ring()
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.alarms, made)
	}
}

// Advance moves the clock, back too, and rings what is due.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.ring()
}

func (c *Clock) ring() {
	for due := range c.alarms {
		if !c.now.Before(due.at) {
			delete(c.alarms, due)
			go due.ring()
		}
	}
}
