package grantd

import (
	"context"
	"sync"
	"time"
)

const (
	usageEvery = time.Minute
	// How many clients with a permission are counted between two reports.
	maxUses = 10_000
)

// A Use is one line of a report: how often a client used a permission.
type Use struct {
	ClientID   string
	Permission string
	Count      int
}

// UsageReports says how uses of permissions are reported: what least privilege is decided on.
type UsageReports struct {
	// Between two reports; a minute if zero.
	Every time.Duration
	// Where reports go. Nil sends them to the authorization server's introspection endpoint, which counts a batch as one use.
	Send func(ctx context.Context, uses []Use) error
}

// tell tells the authorization server that a credential used permissions.
type tell func(ctx context.Context, token string, scopes []string) error

type usedBy struct{ clientID, permission string }

type counted struct {
	count int
	// A credential of the client that used it: the server counts by credential.
	token string
}

// usage adds up which permissions were used, and reports in batches. It is never in the way of a request: a report that fails is kept for
// the next time. There is no timer: a request after the interval sends what was counted before.
type usage struct {
	options UsageReports
	tell    tell
	clock   Clock

	mu      sync.Mutex
	counted map[usedBy]counted
	sentAt  time.Time
	// Held while a report is on its way.
	sending chan struct{}
}

func newUsage(options UsageReports, tell tell, clock Clock) *usage {
	if options.Every <= 0 {
		options.Every = usageEvery
	}
	return &usage{
		options: options,
		tell:    tell,
		clock:   clock,
		counted: map[usedBy]counted{},
		sentAt:  clock.Now(),
		sending: make(chan struct{}, 1),
	}
}

// count counts the permissions that a request needed. Beyond the bound new lines are not counted.
func (u *usage) count(principal *Principal, scopes []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, permission := range scopes {
		u.add(usedBy{principal.ClientID, permission}, counted{1, principal.Token()})
	}
	if u.clock.Now().Sub(u.sentAt) < u.options.Every {
		return
	}
	u.sentAt = u.clock.Now()
	select {
	case u.sending <- struct{}{}:
		go func() {
			defer func() { <-u.sending }()
			// It is counted on, and told the next time.
			_ = u.send(context.Background())
		}()
	default:
	}
}

func (u *usage) add(use usedBy, more counted) {
	known, has := u.counted[use]
	if !has && len(u.counted) >= maxUses {
		return
	}
	u.counted[use] = counted{known.count + more.count, more.token}
}

// flush sends what was counted.
func (u *usage) flush(ctx context.Context) error {
	select {
	case u.sending <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-u.sending }()
	return u.send(ctx)
}

func (u *usage) send(ctx context.Context) error {
	u.mu.Lock()
	batch := u.counted
	u.counted = map[usedBy]counted{}
	u.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := u.deliver(ctx, batch)
	if err != nil {
		u.mu.Lock()
		defer u.mu.Unlock()
		for use, more := range batch {
			u.add(use, more)
		}
	}
	return err
}

func (u *usage) deliver(ctx context.Context, batch map[usedBy]counted) error {
	if u.options.Send != nil {
		uses := make([]Use, 0, len(batch))
		for use, line := range batch {
			uses = append(uses, Use{use.clientID, use.permission, line.count})
		}
		return u.options.Send(ctx, uses)
	}
	// One message for each credential, which names all permissions that it used.
	byToken := map[string][]string{}
	for use, line := range batch {
		byToken[line.token] = append(byToken[line.token], use.permission)
	}
	for token, scopes := range byToken {
		if err := u.tell(ctx, token, scopes); err != nil {
			return err
		}
	}
	return nil
}
