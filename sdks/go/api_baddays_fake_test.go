package grantd_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The API's scenarios of spec/vectors/scenarios.md about bad days of an issuer: its metadata, its lists, and the clock.

func TestMetadataTurningBad(t *testing.T) {
	another := grantdtest.Reply(200, map[string]string{"issuer": "https://evil.example.test"})
	for name, bad := range map[string]grantdtest.Fault{
		"404": grantdtest.Reply(404, ""), "a page": grantdtest.Reply(200, "<html>"), "another issuer": another, "nothing": grantdtest.Unreachable,
	} {
		t.Run(name, func(t *testing.T) {
			issuer, verifier := verifying(t, asking(-1, false))
			done(t, verify(verifier, issuer.MintOpaque(nil)))
			issuer.Faults.Always(grantdtest.Metadata, bad)
			issuer.Clock.Advance(10 * time.Minute)
			// The second address of a document is not the fake issuer's.
			for _, step := range []struct {
				wait     time.Duration
				requests int
			}{{0, 2}, {29999 * time.Millisecond, 2}, {time.Millisecond, 3}, {29999 * time.Millisecond, 3}} {
				issuer.Clock.Advance(step.wait)
				for range 3 {
					asks(t, issuer, grantdtest.Metadata, step.requests, func() error { return verify(verifier, issuer.MintOpaque(nil)) })
				}
			}
			issuer.Clock.Advance(24 * time.Hour)
			refused(t, verify(verifier, issuer.MintOpaque(nil)), grantd.ReasonUnavailable)
		})
	}
	t.Run("without ever having had one", func(t *testing.T) {
		issuer, verifier := verifying(t, asking(-1, false))
		issuer.Faults.Always(grantdtest.Metadata, another)
		for _, step := range []struct {
			wait     time.Duration
			requests int
		}{{0, 1}, {999 * time.Millisecond, 1}, {time.Millisecond, 2}} {
			issuer.Clock.Advance(step.wait)
			for range 10 {
				err := verify(verifier, issuer.MintOpaque(nil))
				refused(t, err, grantd.ReasonUnavailable)
				var lie *grantd.DiscoveryError
				if !errors.As(err, &lie) {
					t.Fatal(err)
				}
			}
			if count := issuer.Count(grantdtest.Metadata); count != step.requests {
				t.Fatal(count, step)
			}
		}
		issuer.Faults.Mend()
		issuer.Clock.Advance(time.Second)
		done(t, verify(verifier, issuer.MintOpaque(nil)))
	})
}

func TestMetadataIsFetchedBesideTheCalls(t *testing.T) {
	issuer, verifier := verifying(t, asking(-1, false))
	done(t, verify(verifier, issuer.MintOpaque(nil)))
	issuer.Clock.Advance(10 * time.Minute)
	answers := make(chan struct{})
	defer close(answers)
	issuer.Faults.Next(grantdtest.Metadata, grantdtest.Until(answers))
	done(t, verify(verifier, issuer.MintOpaque(nil)))
}

// A clock that tells when somebody has begun to wait for a second.
type patientClock struct {
	*grantdtest.Clock
	begun chan struct{}
}

func (c patientClock) AfterFunc(d time.Duration, f func()) func() {
	stop := c.Clock.AfterFunc(d, f)
	if d == time.Second {
		c.begun <- struct{}{}
	}
	return stop
}

func TestHangingStatusList(t *testing.T) {
	issuer := grantdtest.New()
	clock := patientClock{issuer.Clock, make(chan struct{})}
	verifier := believing(t, issuer, grantd.WithClock(clock))
	end := issuer.Clock.Now().Unix() + 600
	token := listed(issuer)
	issuer.Faults.Next(grantdtest.Status, statusList(t, issuer, 0, end))
	done(t, verify(verifier, token))
	issuer.Clock.Advance(time.Minute)
	answers := make(chan struct{})
	late := grantdtest.Until(answers)
	revoking := statusList(t, issuer, 1, end)
	issuer.Faults.Next(grantdtest.Status, func(request *http.Request) (*http.Response, error) {
		if response, err := late(request); err != nil {
			return response, err
		}
		return revoking(request)
	})
	outcomes := make(chan error)
	for range 2 {
		go func() { outcomes <- verify(verifier, token) }()
		<-clock.begun
	}
	issuer.Wait(grantdtest.Status, 2)
	issuer.Clock.Advance(time.Second)
	done(t, <-outcomes)
	done(t, <-outcomes)
	// For five seconds the kept list decides, and nobody waits.
	for _, step := range []time.Duration{0, 4999 * time.Millisecond} {
		issuer.Clock.Advance(step)
		done(t, verify(verifier, token))
	}
	close(answers)
	until(t, func() bool { return verify(verifier, token) != nil })
	refused(t, verify(verifier, token), grantd.ReasonRevoked)
	if count := issuer.Count(grantdtest.Status); count != 2 {
		t.Fatal(count)
	}
}

func TestClockStepsBack(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	issuer.Lifetime = 60 * 24 * time.Hour
	month := 30 * 24 * time.Hour
	end := issuer.Clock.Now().Unix() + 600
	issuer.Faults.Always(grantdtest.Status, statusList(t, issuer, 0, end))
	opaque := issuer.MintOpaque(grantdtest.Claims{"iat": issuer.Clock.Now().Add(-month).Unix()})
	place := map[string]any{"idx": 0, "uri": issuer.URL + "/status/1"}
	token := issuer.Mint(grantdtest.Claims{
		"iat": issuer.Clock.Now().Add(-month).Unix(), "status": map[string]any{"status_list": place},
	})
	for round, step := range []time.Duration{0, -month, 10 * time.Minute} {
		issuer.Clock.Advance(step)
		for _, endpoint := range []grantdtest.Endpoint{grantdtest.JWKS, grantdtest.Status, grantdtest.Introspection} {
			asks(t, issuer, endpoint, round+1, func() error { return errors.Join(verify(verifier, token), verify(verifier, opaque)) })
		}
	}
	// Who remembers no replies asks for the metadata each time.
	another, forgetful := verifying(t, asking(-1, false))
	another.Lifetime = issuer.Lifetime
	opaque = another.MintOpaque(grantdtest.Claims{"iat": another.Clock.Now().Add(-month).Unix()})
	for round, step := range []time.Duration{0, -month, 10 * time.Minute} {
		another.Clock.Advance(step)
		asks(t, another, grantdtest.Metadata, round+1, func() error { return verify(forgetful, opaque) })
	}
}

func TestAFailureThatWasRememberedEndsWithAClockThatStepsBack(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	opaque := issuer.MintOpaque(grantdtest.Claims{"iat": issuer.Clock.Now().Add(-time.Hour).Unix()})
	for _, endpoint := range []grantdtest.Endpoint{grantdtest.Metadata, grantdtest.Introspection} {
		issuer.Faults.Next(endpoint, grantdtest.Unreachable)
		refused(t, verify(verifier, opaque), grantd.ReasonUnavailable)
		refused(t, verify(verifier, opaque), grantd.ReasonUnavailable)
		if count := issuer.Count(endpoint); count != 1 {
			t.Fatal(endpoint, count)
		}
		issuer.Clock.Advance(-time.Minute)
	}
	done(t, verify(verifier, opaque))
}

func TestAClockThatStepsBackLengthensNoDay(t *testing.T) {
	for _, endpoint := range []grantdtest.Endpoint{grantdtest.Metadata, grantdtest.JWKS} {
		issuer, verifier := verifying(t, asking(-1, false))
		issuer.Lifetime = 60 * 24 * time.Hour
		early := issuer.Clock.Now().Add(-30 * 24 * time.Hour).Unix()
		token, opaque := issuer.Mint(grantdtest.Claims{"iat": early}), issuer.MintOpaque(grantdtest.Claims{"iat": early})
		if endpoint == grantdtest.Metadata {
			token = opaque
		}
		done(t, verify(verifier, token))
		issuer.Faults.Always(endpoint, grantdtest.Unreachable)
		issuer.Clock.Advance(-30 * 24 * time.Hour)
		done(t, verify(verifier, token))
		issuer.Wait(endpoint, 2)
		issuer.Clock.Advance(24 * time.Hour)
		refused(t, verify(verifier, token), grantd.ReasonUnavailable)
	}
}

func TestAListWithoutAnEndIsNotUsedOnAClockThatSteppedBack(t *testing.T) {
	issuer, verifier := verifying(t)
	place := map[string]any{"idx": 0, "uri": issuer.URL + "/status/1"}
	early := issuer.Clock.Now().Add(-time.Hour).Unix()
	token := issuer.Mint(grantdtest.Claims{"iat": early, "status": map[string]any{"status_list": place}})
	issuer.Faults.Next(grantdtest.Status, endlessList(t, issuer))
	done(t, verify(verifier, token))
	issuer.Clock.Advance(-time.Hour)
	issuer.Faults.Always(grantdtest.Status, grantdtest.Unreachable)
	refused(t, verify(verifier, token), grantd.ReasonUnavailable)
}
