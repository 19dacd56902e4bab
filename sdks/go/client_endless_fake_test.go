package grantd_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// Replies that never end, clients with time limits of their own, and values that nobody made.

type endless struct{ read chan struct{} }

func (e endless) Read([]byte) (int, error) {
	close(e.read)
	select {}
}

func (endless) Close() error { return nil }

func TestARefusalWhoseBodyNeverEndsHoldsNobodyUp(t *testing.T) {
	issuer, manager := machine(t)
	first := "Bearer " + accessToken(t, manager)
	body := endless{make(chan struct{})}
	sender := &http.Client{Transport: manager.Transport(transported(func(request *http.Request) (*http.Response, error) {
		response, err := grantdtest.Reply(http.StatusUnauthorized, "")(request)
		if request.Header.Get("Authorization") == first {
			response.Body = body
		} else {
			response.StatusCode = http.StatusOK
		}
		return response, err
	}))}
	answered := make(chan error)
	go func() {
		response, err := sender.Get(api + "/x")
		if err == nil && response.StatusCode != http.StatusOK {
			err = errors.New(response.Status)
		}
		answered <- err
	}()
	<-body.read
	issuer.Clock.Advance(time.Second)
	select {
	case err := <-answered:
		done(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for the end")
	}
}

type late struct{}

func (late) Error() string   { return "Client.Timeout exceeded" }
func (late) Timeout() bool   { return true }
func (late) Temporary() bool { return true }

func TestATimeLimitOfTheProgramsOwnClientIsATimeout(t *testing.T) {
	issuer, manager := machine(t)
	issuer.Faults.Always(grantdtest.Token, func(*http.Request) (*http.Response, error) { return nil, late{} })
	_, err := manager.AccessToken(context.Background())
	var network *grantd.NetworkError
	if !errors.Is(err, grantd.ErrTimeout) || !errors.As(err, &network) || !network.Timeout() || !contains(err, "no reply in time") {
		t.Fatal(err)
	}
	issuer.Clock.Advance(time.Second)
	issuer.Faults.Always(grantdtest.Token, func(*http.Request) (*http.Response, error) { return nil, io.EOF })
	if _, err = manager.AccessToken(context.Background()); errors.Is(err, grantd.ErrTimeout) {
		t.Fatal(err)
	}
}

func TestValuesThatNobodyMadeAreErrorsAndNoPanics(t *testing.T) {
	ctx, issuer := context.Background(), grantdtest.New()
	seen := serve(issuer, func(http.ResponseWriter, int) {})
	for _, transport := range []http.RoundTripper{
		(&grantd.TokenManager{}).Transport(issuer.Client().Transport), (&grantd.APIKey{}).Transport(issuer.Client().Transport),
		(&grantd.TokenManager{}).Client().Transport, (&grantd.APIKey{}).Client().Transport,
	} {
		_, err := transport.RoundTrip(must(http.NewRequest(http.MethodGet, api+"/x", nil)))
		isMisconfigured(t, err)
	}
	_, err := (&grantd.APIKey{}).AccessToken(ctx)
	isMisconfigured(t, err)
	_, err = (&grantd.APIKey{}).Token()
	isMisconfigured(t, err)
	if seen.count() != 0 {
		t.Fatal("sent")
	}
	var store grantd.MemoryStore
	unlock := must(store.Lock(ctx, "k"))
	unlock()
	done(t, store.Set(ctx, "k", grantd.StoredTokens{AccessToken: "a"}))
	if must(store.Get(ctx, "k")).AccessToken != "a" {
		t.Fatal("not kept")
	}
	if token := (&grantd.Principal{}).Token(); token != "" {
		t.Fatal(token)
	}
	counting := believing(t, issuer, asking(0, false), grantd.WithUsageReports(grantd.UsageReports{}))
	done(t, counting.Authorize(&grantd.Principal{Scopes: []string{"a"}}, "a"))
	isMisconfigured(t, counting.Close(nil))
	_, manager := user(t)
	isMisconfigured(t, manager.Revoke(nil))
	flow := must(grantd.NewCodeFlow(app(issuer), "http://localhost/cb", settings(issuer)...))
	for _, one := range []*grantd.CodeFlow{flow, {}} {
		_, err = one.Begin(nil, nil)
		isMisconfigured(t, err)
	}
	_, err = (&grantd.CodeFlow{}).Finish(ctx, "", grantd.Login{}, "ada")
	isMisconfigured(t, err)
	_, err = (&grantd.DeviceFlow{}).Login(ctx, "ada", func(grantd.DevicePrompt) {})
	isMisconfigured(t, err)
	issuer.StatusList = true
	for _, token := range []string{issuer.Mint(nil), issuer.MintOpaque(nil), issuer.Mint(nil)} {
		_, err := counting.Verify(nil, token)
		refused(t, err, grantd.ReasonUnavailable)
		done(t, verify(counting, issuer.Mint(grantdtest.Claims{"status": nil})))
	}
}
