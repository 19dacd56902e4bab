package grantd_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// The API's scenarios of spec/vectors/scenarios.md about asking the issuer of a token, and its status lists.

func asking(keep time.Duration, always bool) grantd.VerifierOption {
	client := grantd.OAuthConfig{ClientID: "api", ClientSecret: "secret"}
	return grantd.WithIntrospection(grantd.Introspection{Client: client, Keep: keep, Always: always})
}

func TestWhoAsksEachTimeIsNotToldWhatWasSoBefore(t *testing.T) {
	issuer, verifier := verifying(t, asking(-1, false))
	token := issuer.MintOpaque(nil)
	var ready, all sync.WaitGroup
	ready.Add(2)
	both := func(request *http.Request) (*http.Response, error) {
		ready.Done()
		ready.Wait()
		return grantdtest.Reply(200, `{"active":false}`)(request)
	}
	issuer.Faults.Next(grantdtest.Introspection, both, both)
	for range 2 {
		all.Add(1)
		go func() {
			defer all.Done()
			_ = verify(verifier, token)
		}()
	}
	all.Wait()
	if issuer.Count(grantdtest.Introspection) != 2 {
		t.Fatal("each caller asks")
	}
}

func TestIntrospectionCacheBounds(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	now := issuer.Clock.Now().Unix()
	token, short := issuer.MintOpaque(nil), issuer.MintOpaque(grantdtest.Claims{"exp": now + 5})
	for _, one := range []string{token, token, short} {
		done(t, verify(verifier, one))
	}
	issuer.Revoke(token)
	issuer.Clock.Advance(5 * time.Second)
	refused(t, verify(verifier, short), grantd.ReasonInactive)
	issuer.Clock.Advance(4999 * time.Millisecond)
	done(t, verify(verifier, token))
	if issuer.Count(grantdtest.Introspection) != 3 {
		t.Fatal("a reply was not kept for ten seconds, or past the token's end")
	}
	issuer.Clock.Advance(time.Millisecond)
	refused(t, verify(verifier, token), grantd.ReasonInactive)
	refused(t, verify(verifier, token), grantd.ReasonInactive)
	if issuer.Count(grantdtest.Introspection) != 4 {
		t.Fatal("that it is not active is kept, too")
	}

	other, long := verifying(t, asking(time.Hour, false))
	kept := other.MintOpaque(nil)
	done(t, verify(long, kept))
	other.Revoke(kept)
	other.Clock.Advance(30 * time.Second)
	refused(t, verify(long, kept), grantd.ReasonInactive)

	first := issuer.MintOpaque(nil)
	done(t, verify(verifier, first))
	for range 10_000 {
		done(t, verify(verifier, issuer.MintOpaque(nil)))
	}
	before := issuer.Count(grantdtest.Introspection)
	done(t, verify(verifier, first))
	if issuer.Count(grantdtest.Introspection) != before+1 {
		t.Fatal("more than 10,000 replies are kept")
	}
}

func TestIntrospectionUnavailable(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	token := issuer.MintOpaque(nil)
	for _, fault := range []grantdtest.Fault{
		grantdtest.Unreachable, grantdtest.Reply(500, ""), grantdtest.Reply(401, map[string]string{"error": "invalid_client"}),
		grantdtest.Reply(200, "active"), grantdtest.Reply(200, map[string]any{}),
	} {
		issuer.Faults.Next(grantdtest.Introspection, fault)
		refused(t, verify(verifier, token), grantd.ReasonUnavailable)
		issuer.Clock.Advance(time.Second)
	}
	done(t, verify(verifier, token))
}

func TestAnAPIThatAlwaysAsksSeesARevokedJWT(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, true))
	token := issuer.Mint(nil)
	issuer.Revoke(token)
	refused(t, verify(verifier, token), grantd.ReasonInactive)
	done(t, verify(verifier, issuer.Mint(nil)))
}

// statusList is a signed list of eight places at the address /status/1, good for a minute and usable until its end.
func statusList(t *testing.T, issuer *grantdtest.Issuer, places byte, end int64) grantdtest.Fault {
	t.Helper()
	return listWith(t, issuer, places, end)
}

// endlessList is one of good tokens, without an end of its own.
func endlessList(t *testing.T, issuer *grantdtest.Issuer) grantdtest.Fault {
	t.Helper()
	return listWith(t, issuer, 0, nil)
}

func listWith(t *testing.T, issuer *grantdtest.Issuer, places byte, end any) grantdtest.Fault {
	t.Helper()
	var packed bytes.Buffer
	writer := zlib.NewWriter(&packed)
	_, _ = writer.Write([]byte{places})
	done(t, writer.Close())
	list := map[string]any{"bits": 1, "lst": base64.RawURLEncoding.EncodeToString(packed.Bytes())}
	claims := grantdtest.Claims{"sub": issuer.URL + "/status/1", "ttl": 60, "exp": end, "status_list": list}
	return grantdtest.Reply(200, issuer.MintWith(claims, grantdtest.Claims{"typ": "statuslist+jwt"}))
}

func listed(issuer *grantdtest.Issuer) string {
	place := map[string]any{"idx": 0, "uri": issuer.URL + "/status/1"}
	return issuer.Mint(grantdtest.Claims{"status": map[string]any{"status_list": place}})
}

func TestRevocationByStatusList(t *testing.T) {
	issuer, verifier := verifying(t)
	end := issuer.Clock.Now().Unix() + 120
	token := listed(issuer)
	issuer.Faults.Always(grantdtest.Status, statusList(t, issuer, 0, end))
	done(t, verify(verifier, token))
	issuer.Faults.Always(grantdtest.Status, statusList(t, issuer, 1, end))
	issuer.Clock.Advance(59 * time.Second)
	done(t, verify(verifier, token))
	issuer.Clock.Advance(time.Second)
	refused(t, verify(verifier, token), grantd.ReasonRevoked)
	done(t, verify(believing(t, issuer, grantd.WithoutStatusLists()), token))
}

func TestAListIsNotUsedThatEndedWhileANewerOneWasAskedFor(t *testing.T) {
	issuer, verifier := verifying(t)
	token := listed(issuer)
	issuer.Faults.Next(grantdtest.Status, statusList(t, issuer, 0, issuer.Clock.Now().Unix()+70))
	done(t, verify(verifier, token))
	issuer.Clock.Advance(61 * time.Second)
	issuer.Faults.Next(grantdtest.Status, func(request *http.Request) (*http.Response, error) {
		issuer.Clock.Advance(10 * time.Second)
		return grantdtest.Unreachable(request)
	})
	refused(t, verify(verifier, token), grantd.ReasonUnavailable)
}

func TestAListServesUntilItsOwnEndWhenNoneCanBeHad(t *testing.T) {
	issuer, verifier := verifying(t)
	token := listed(issuer)
	issuer.Faults.Always(grantdtest.Status, grantdtest.Unreachable)
	for _, step := range []time.Duration{0, 5*time.Second - 1} {
		issuer.Clock.Advance(step)
		err := verify(verifier, token)
		refused(t, err, grantd.ReasonUnavailable)
		var cause *grantd.NetworkError
		if !errors.As(err, &cause) || issuer.Count(grantdtest.Status) != 1 {
			t.Fatal("a list that cannot be had is not asked for with each request", err)
		}
	}
	issuer.Clock.Advance(1)
	issuer.Faults.Next(grantdtest.Status, statusList(t, issuer, 0, issuer.Clock.Now().Unix()+120))
	done(t, verify(verifier, token))
	issuer.Clock.Advance(119 * time.Second)
	done(t, verify(verifier, token))
	done(t, verify(verifier, token))
	issuer.Clock.Advance(time.Second)
	refused(t, verify(verifier, token), grantd.ReasonUnavailable)
	if issuer.Count(grantdtest.Status) != 4 {
		t.Fatal("an overdue list is asked for again, but not with each request")
	}
}
