package grantd

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"grantd.example/grantd/internal/bounded"
	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/jose"
	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/strict"
)

const (
	maxListTTL = 5 * time.Minute
	// After a fetch that failed, or for which nobody waits any more.
	listPause = 5 * time.Second
	// For how long callers wait for a list while the one before is good still.
	listPatience = time.Second
	maxList      = 4 * 1024 * 1024
	maxLists     = 100
)

// statusLists looks tokens up in status lists: signed, compressed strings of bits that say which JWTs were revoked, so that an API sees it
// without asking about each token.
type statusLists struct {
	issuer   string
	metadata *metadataSource
	keys     *keySet
	exchange exchanger

	mu    sync.Mutex
	lists *bounded.Map[statusList]
	// Why lists could not be had that are not there, for as long as they are not asked for again.
	failures *bounded.Map[listFailure]
	calls    map[string]*flight.Call[statusList]
}

type statusList struct {
	bits  int
	bytes []byte
	// After it the list must not be used; whether the list says so itself.
	end    time.Time
	hasEnd bool
	// When it was fetched, or tried to be, and when it is to be fetched again.
	since, stale time.Time
}

type listFailure struct {
	err error
	at  time.Time
}

// isGood says whether the list may be used. Without an end of its own it is not used on a clock that stepped back.
func (l statusList) isGood(now time.Time) bool {
	return now.Before(l.end) && (l.hasEnd || !now.Before(l.since))
}

func (l statusList) isFresh(now time.Time) bool { return isWithin(l.since, now, l.stale.Sub(l.since)) }

// later is the same list, which is not asked for again for a while.
func (l statusList) later(now time.Time) statusList {
	l.since, l.stale = now, now.Add(listPause)
	return l
}

// check refuses a token that its list calls revoked. A token without a place in a list passes.
func (s *statusLists) check(ctx context.Context, claims strict.Object) error {
	if _, has := claims["status"]; !has {
		return nil
	}
	index, uri, has, err := readPlace(claims)
	if err != nil || !has {
		return err
	}
	if err := s.checkOrigin(ctx, uri); err != nil {
		return err
	}
	list, err := s.list(ctx, uri)
	if err != nil {
		return unavailable(err)
	}
	perByte := 8 / list.bits
	if index/perByte >= len(list.bytes) {
		return unavailable(errors.New("the status list is too short"))
	}
	value := list.bytes[index/perByte] >> (index % perByte * list.bits) & (1<<list.bits - 1)
	if value != 0 {
		return refuse(ReasonRevoked)
	}
	return nil
}

// checkOrigin lets lists be at the issuer's origin, or at that of its keys: a token must not send this API anywhere else.
func (s *statusLists) checkOrigin(ctx context.Context, uri string) error {
	address, err := url.Parse(uri)
	if err != nil || !rules.IsSecure(address) {
		return refuse(ReasonClaim)
	}
	if own, err := url.Parse(s.issuer); err == nil && rules.Origin(own) == rules.Origin(address) {
		return nil
	}
	found, err := s.metadata.get(ctx)
	if err != nil {
		return unavailable(err)
	}
	if keys, err := url.Parse(found.jwksURI); err == nil && rules.Origin(keys) == rules.Origin(address) {
		return nil
	}
	return refuse(ReasonClaim)
}

func (s *statusLists) list(ctx context.Context, uri string) (statusList, error) {
	if err := over(ctx); err != nil {
		return statusList{}, err
	}
	s.mu.Lock()
	now := s.exchange.clock.Now()
	known, has := s.lists.Get(uri, now)
	has = has && known.isGood(now)
	if has && known.isFresh(now) {
		s.mu.Unlock()
		return known, nil
	}
	if failure, failed := s.failures.Get(uri, now); failed && !has && isWithin(failure.at, now, listPause) {
		s.mu.Unlock()
		return statusList{}, failure.err
	}
	call := s.calls[uri]
	if call == nil {
		own := context.WithoutCancel(ctx)
		call = flight.Start(func() (statusList, error) { return s.renew(own, uri, known, has) })
		s.calls[uri] = call
	}
	s.mu.Unlock()
	if !has {
		return call.Wait(ctx)
	}
	return s.waitBriefly(ctx, uri, call, known)
}

// waitBriefly waits for the next list, but not for long: then the one that is good still decides, and for a while nobody waits. The request
// goes on, and what it brings is taken.
func (s *statusLists) waitBriefly(ctx context.Context, uri string, call *flight.Call[statusList], known statusList) (statusList, error) {
	limited, stop := within(ctx, s.exchange.clock, listPatience)
	defer stop()
	list, err := call.Wait(limited)
	if limited.Err() == nil || ctx.Err() != nil {
		return list, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.exchange.clock.Now()
	if next, has := s.lists.Get(uri, now); has && !next.since.Equal(known.since) {
		// It came just now, or somebody else has lost patience before.
		return next, nil
	}
	if !known.isGood(now) {
		return statusList{}, errLate
	}
	known = known.later(now)
	s.lists.Put(uri, known, known.end)
	return known, nil
}

// renew fetches a list. One that was there is good until its own end, as long as no newer one can be had.
func (s *statusLists) renew(ctx context.Context, uri string, known statusList, has bool) (statusList, error) {
	list, err := flight.Guard(func() (statusList, error) { return s.fetch(ctx, uri) })
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, uri)
	if err != nil {
		// Not every request waits for the next try.
		now := s.exchange.clock.Now()
		// An overdue list may have ended while a newer one was asked for.
		if !has || !known.isGood(now) {
			s.failures.Put(uri, listFailure{err, now}, now.Add(listPause))
			return statusList{}, err
		}
		list = known.later(now)
	}
	s.lists.Put(uri, list, list.end)
	return list, nil
}

func (s *statusLists) fetch(ctx context.Context, uri string) (statusList, error) {
	reply, err := s.exchange.get(ctx, uri, "application/statuslist+jwt")
	if err != nil {
		return statusList{}, err
	}
	if reply.status != http.StatusOK {
		return statusList{}, &ReplyError{Reason: "the status list's address answered", Status: reply.status}
	}
	jws, err := jose.TakeApart(strings.TrimSpace(string(reply.body)), maxReply, nil)
	if err != nil {
		return statusList{}, &ReplyError{Reason: "the status list is no JWT", Status: reply.status}
	}
	if err := s.keys.verify(ctx, jws, []string{"statuslist+jwt"}); err != nil {
		return statusList{}, err
	}
	return readList(jws.Claims, s.issuer, uri, s.exchange.clock.Now())
}

// readPlace is where a token is in which list, and whether it is in any.
func readPlace(claims strict.Object) (index int, uri string, has bool, err error) {
	status, _ := strict.Read(claims).Object("status")
	read := strict.Read(status)
	place, has := read.Object("status_list")
	if !has {
		if read.Err() != nil {
			return 0, "", false, refuse(ReasonClaim)
		}
		return 0, "", false, nil
	}
	inner := strict.Read(place)
	at, isThere := inner.Number("idx")
	uri, hasAddress := inner.Text("uri")
	if inner.Err() != nil || !isThere || !hasAddress || at < 0 || at > math.MaxInt32 || at != math.Trunc(at) {
		return 0, "", false, refuse(ReasonClaim)
	}
	return int(at), uri, true, nil
}

func readList(claims strict.Object, issuer, uri string, now time.Time) (statusList, error) {
	malformed := &ReplyError{Reason: "the status list is malformed, or another one", Status: http.StatusOK}
	read := strict.Read(claims)
	iss, hasIssuer := read.Text("iss")
	sub, _ := read.Text("sub")
	exp, hasEnd := read.Number("exp")
	ttl, hasTTL := read.Number("ttl")
	inner, _ := read.Object("status_list")
	list := strict.Read(inner)
	bits, _ := list.Number("bits")
	packed, _ := list.Text("lst")
	data, err := strict.Decode(packed)
	isKnown := bits == 1 || bits == 2 || bits == 4 || bits == 8
	if err != nil || read.Err() != nil || list.Err() != nil || !isKnown || sub != uri || hasIssuer && iss != issuer {
		return statusList{}, malformed
	}
	if hasEnd && float64(now.Unix()) >= exp {
		return statusList{}, &ReplyError{Reason: "the status list has ended", Status: http.StatusOK}
	}
	fresh := maxListTTL
	if hasTTL {
		fresh = min(max(lifetime(ttl), time.Second), maxListTTL)
	}
	inflated, err := inflate(data)
	if err != nil {
		return statusList{}, malformed
	}
	// Without an end of its own a list is used for one period and no longer.
	found := statusList{bits: int(bits), bytes: inflated, since: now, stale: now.Add(fresh), end: now.Add(fresh), hasEnd: hasEnd}
	if hasEnd {
		found.end = time.Unix(int64(min(exp, lastDate)), 0)
	}
	return found, nil
}

// inflate undoes zlib's compression (RFC 1950), up to a size.
func inflate(packed []byte) ([]byte, error) {
	reader, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	inflated, err := io.ReadAll(io.LimitReader(reader, maxList+1))
	if err == nil && len(inflated) > maxList {
		return nil, errors.New("too large")
	}
	return inflated, err
}
