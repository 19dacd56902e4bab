package grantd

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/strict"
)

const (
	usageEvery = time.Minute
	// How many clients with a permission are counted between two reports.
	maxUses = 10_000
	// How many lines the server reads of one report.
	maxLines = 200
	// For how long a report goes again. The server remembers its name for a day: one that came later would count twice.
	reportKept = 12 * time.Hour
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
	// Where reports go; nil sends them to the authorization server. One that takes no reports is told by introspection, and counts a batch as
	// one use.
	Send func(ctx context.Context, uses []Use) error
}

// A report on its way: the same lines under the same name until the server has taken them.
type report struct {
	id     string
	uses   []Use
	madeAt time.Time
}

type usedBy struct{ clientID, permission string }

type counted struct {
	count int
	// A credential of the client that used it: the server counts by credential.
	token string
}

// usage adds up which permissions were used, and reports in batches. It is never in the way of a request: a report that fails goes again
// the next time, under the same name, so that one whose answer got lost counts once; for half a day. There is no timer: a request after the interval sends what was counted before.
type usage struct {
	options UsageReports
	server  *introspection
	clock   Clock

	mu      sync.Mutex
	counted map[usedBy]counted
	sentAt  time.Time
	// Uses that no report will name.
	lost uint64
	// Held while a report is on its way.
	sending chan struct{}
	// Whoever holds sending reads and changes these: what was sent, and why it stays.
	unanswered []report
	failed     error
}

func newUsage(options UsageReports, server *introspection, clock Clock) *usage {
	if options.Every <= 0 {
		options.Every = usageEvery
	}
	return &usage{
		options: options,
		server:  server,
		clock:   clock,
		counted: map[usedBy]counted{},
		sentAt:  clock.Now(),
		sending: make(chan struct{}, 1),
	}
}

// count counts the permissions that a request needed. Beyond the bound new lines are lost.
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
		flight.Start(func() (struct{}, error) {
			defer func() { <-u.sending }()
			// It is counted on, and told the next time.
			return struct{}{}, u.send(context.Background())
		})
	default:
	}
}

func (u *usage) add(use usedBy, more counted) {
	known, has := u.counted[use]
	if !has && len(u.counted) >= maxUses {
		u.lost += uint64(more.count)
		return
	}
	u.counted[use] = counted{known.count + more.count, more.token}
}

// dropped is how many uses no report will name.
func (u *usage) dropped() uint64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.lost
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
	// What is counted meanwhile waits until the server takes reports again.
	if u.failed = flight.Try(func() error { return u.again(ctx) }); u.failed != nil {
		return u.failed
	}
	u.mu.Lock()
	batch := u.counted
	u.counted = map[usedBy]counted{}
	u.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := flight.Try(func() error { return u.deliver(ctx, batch) })
	if err != nil {
		u.mu.Lock()
		defer u.mu.Unlock()
		for use, more := range batch {
			u.add(use, more)
		}
		return err
	}
	return u.failed
}

func (u *usage) deliver(ctx context.Context, batch map[usedBy]counted) error {
	if u.options.Send != nil {
		return u.options.Send(ctx, lines(batch))
	}
	takes, err := u.server.takesReports(ctx)
	if err != nil {
		return err
	}
	if !takes {
		return u.tell(ctx, batch)
	}
	for uses := range slices.Chunk(lines(batch), maxLines) {
		u.unanswered = append(u.unanswered, report{strict.Encode(randomBytes(16)), uses, u.clock.Now()})
	}
	// What fails is kept as it is: its error must not make anybody count it again.
	u.failed = u.report(ctx)
	return nil
}

// again sends what has no answer from earlier, but not for ever.
func (u *usage) again(ctx context.Context) error {
	for len(u.unanswered) > 0 && u.clock.Now().Sub(u.unanswered[0].madeAt) >= reportKept {
		u.drop()
	}
	if len(u.unanswered) == 0 {
		return nil
	}
	takes, err := u.server.takesReports(ctx)
	if err != nil {
		return err
	}
	for !takes && len(u.unanswered) > 0 {
		u.drop()
	}
	return u.report(ctx)
}

// report sends what has no answer yet.
func (u *usage) report(ctx context.Context) error {
	for len(u.unanswered) > 0 {
		next := u.unanswered[0]
		err := u.server.report(ctx, next.uses, next.id)
		var refused *OAuthError
		switch {
		case err == nil:
			u.unanswered = u.unanswered[1:]
		// What the server finds wrong it will never take.
		case errors.As(err, &refused) && refused.Code == "invalid_request":
			u.drop()
		default:
			return err
		}
	}
	return nil
}

// drop gives up the oldest report.
func (u *usage) drop() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, use := range u.unanswered[0].uses {
		u.lost += uint64(use.Count)
	}
	u.unanswered = u.unanswered[1:]
}

// tell sends one message for each credential, which names all permissions that it used.
func (u *usage) tell(ctx context.Context, batch map[usedBy]counted) error {
	byToken := map[string][]string{}
	for use, line := range batch {
		byToken[line.token] = append(byToken[line.token], use.permission)
	}
	for token, scopes := range byToken {
		if err := u.server.tell(ctx, token, scopes); err != nil {
			return err
		}
	}
	return nil
}

func lines(batch map[usedBy]counted) []Use {
	uses := make([]Use, 0, len(batch))
	for use, line := range batch {
		uses = append(uses, Use{use.clientID, use.permission, line.count})
	}
	return uses
}
