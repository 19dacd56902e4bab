package grantd

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/jose"
	"grantd.example/grantd/internal/strict"
)

const (
	keysFresh = 10 * time.Minute
	// Between two fetches for the sake of unknown keys, and after a failure of another one.
	keysPause = 30 * time.Second
	// After a failure before there ever was a set: the API may have started before its issuer.
	keysFirstPause = time.Second
	// For how long a set serves that cannot be fetched again. For ever would mean that whoever blocks one address keeps a stolen key good.
	keysStale = 24 * time.Hour
	maxKeys   = 100
)

// A namedKey is a key and the one algorithm that it is for.
type namedKey struct {
	alg string
	key *jose.PublicKey
}

// A keySet has the issuer's public keys: fetched, kept, and fetched again when a token names a key that is not among them, but not as often
// as a stranger likes. A set that cannot be fetched, or has become empty, does not replace one that was good.
type keySet struct {
	metadata *metadataSource
	exchange exchanger

	mu        sync.RWMutex
	keys      map[string]namedKey
	fetchedAt time.Time
	triedAt   time.Time
	// When it was fetched for the sake of an unknown key, beside what is fetched anyway.
	askedAt   time.Time
	call      *flight.Call[struct{}]
	lastError error
}

// find is the key of this name, and whether the issuer has it. The error is a [Refusal] when no set could be fetched, ever or for a day.
func (k *keySet) find(ctx context.Context, kid string) (namedKey, bool, error) {
	k.mu.RLock()
	known, has := k.keys[kid]
	age := k.exchange.clock.Now().Sub(k.fetchedAt)
	k.mu.RUnlock()
	// A clock that stepped back makes the set due.
	has, isFresh := has && age < keysStale, age >= 0 && age < keysFresh
	if has && isFresh {
		return known, true, nil
	}
	if ctx == nil {
		return namedKey{}, false, unavailable(&ConfigurationError{"the context is missing"})
	}
	call := k.refresh(ctx, has)
	if has {
		// An old set still serves while the next one is on its way.
		return known, true, nil
	}
	if call != nil {
		// What came of it is seen below.
		_, _ = call.Wait(ctx)
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.keys == nil || k.exchange.clock.Now().Sub(k.fetchedAt) >= keysStale {
		if ctx.Err() != nil {
			return namedKey{}, false, unavailable(context.Cause(ctx))
		}
		return namedKey{}, false, unavailable(k.lastError)
	}
	known, has = k.keys[kid]
	return known, has, nil
}

// refresh fetches the set, if it is time to, and is the fetch under way, if there is one.
func (k *keySet) refresh(ctx context.Context, onlyOld bool) *flight.Call[struct{}] {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.exchange.clock.Now()
	isDue, isAsked := false, !onlyOld && k.keys != nil
	switch {
	case k.keys == nil:
		isDue = !isWithin(k.triedAt, now, keysFirstPause)
	case isAsked:
		// The set may have been fetched a moment before the issuer changed its key.
		isDue = !isWithin(k.askedAt, now, keysPause)
	default:
		isDue = !isWithin(k.fetchedAt, now, keysFresh) && !isWithin(k.triedAt, now, keysPause)
	}
	if k.call == nil && isDue && ctx.Err() == nil {
		if isAsked {
			k.askedAt = now
		}
		if now.Before(k.fetchedAt) {
			// It must not lengthen the set's day either.
			k.fetchedAt = now.Add(-keysFresh)
		}
		k.triedAt = now
		own := context.WithoutCancel(ctx)
		k.call = flight.Start(func() (struct{}, error) {
			keys, err := flight.Guard(func() (map[string]namedKey, error) { return k.fetch(own) })
			k.mu.Lock()
			defer k.mu.Unlock()
			k.call = nil
			if k.lastError = err; err == nil {
				k.keys, k.fetchedAt = keys, now
			}
			return struct{}{}, err
		})
	}
	return k.call
}

func (k *keySet) fetch(ctx context.Context) (map[string]namedKey, error) {
	found, err := k.metadata.get(ctx)
	if err != nil {
		return nil, err
	}
	if found.jwksURI == "" {
		return nil, &DiscoveryError{"the issuer's metadata has no jwks_uri"}
	}
	reply, err := k.exchange.get(ctx, found.jwksURI, "application/json")
	if err != nil {
		return nil, err
	}
	if reply.status != http.StatusOK {
		return nil, &ReplyError{Reason: "the key set's address answered", Status: reply.status}
	}
	return readKeys(reply.body)
}

// readKeys are the usable keys of a set. All others are passed over, one by one.
func readKeys(body []byte) (map[string]namedKey, error) {
	document, err := strict.Parse(body)
	if err != nil {
		return nil, &ReplyError{Reason: "the key set is malformed", Status: http.StatusOK}
	}
	members, _ := document["keys"].([]any)
	keys := map[string]namedKey{}
	for _, member := range members[:min(len(members), maxKeys)] {
		jwk, _ := member.(map[string]any)
		kid, hasKid := jwk["kid"].(string)
		alg, _ := jwk["alg"].(string)
		if _, known := keys[kid]; known || !hasKid || alg == "" {
			continue
		}
		if key := jose.ReadPublic(jwk); key != nil && key.Suits(alg) {
			keys[kid] = namedKey{alg, key}
		}
	}
	if len(keys) == 0 {
		return nil, &ReplyError{Reason: "the key set has no usable key", Status: http.StatusOK}
	}
	return keys, nil
}

// Header members by which a token would choose its own key, or change what is signed.
var forbiddenMembers = []string{"jku", "jwk", "x5u", "x5c", "crit", "b64"}

// verify checks header and signature of any JWT of the issuer.
func (k *keySet) verify(ctx context.Context, jws *jose.JWS, types []string) error {
	// Only headers that were good are known.
	if !jws.IsKnown {
		if err := checkHeader(jws.Header, types); err != nil {
			return err
		}
	}
	found, has, err := k.find(ctx, jws.Header.Kid)
	switch {
	case err != nil:
		return err
	case !has:
		return refuse(ReasonUnknownKey)
	// The key says how it signs; the header can only agree.
	case found.alg != jws.Header.Alg:
		return refuse(ReasonAlgorithm)
	case !found.key.Verifies(found.alg, jws.Signed, jws.Signature):
		return refuse(ReasonSignature)
	}
	return nil
}

func checkHeader(header jose.Header, types []string) error {
	isTyped := slices.ContainsFunc(types, header.TypeIs)
	switch {
	case header.HasAny(forbiddenMembers...):
		return refuse(ReasonHeader)
	case !isTyped:
		return refuse(ReasonType)
	case !jose.IsAlgorithm(header.Alg):
		return refuse(ReasonAlgorithm)
	case !header.HasKid:
		return refuse(ReasonUnknownKey)
	}
	return nil
}
