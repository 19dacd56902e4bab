package grantd

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/rules"
)

// As much of a refused reply is read as lets its connection be used again.
const (
	maxDrained = 64 * 1024
	drainTime  = 250 * time.Millisecond
)

// A source gives credentials for requests.
type source interface {
	credential(ctx context.Context) (credential, error)
}

// A credential is what a request carries.
type credential struct {
	redacted
	header, value string
	// The access token, where a proof of possession has to name it.
	bound string
	// Whether it was there already, and not obtained for this very request.
	cached bool
	// Notes that it was refused; nil where there is no other.
	refuse func()
}

func (s *slot) credential(ctx context.Context) (credential, error) {
	got, err := s.get(ctx)
	if err != nil {
		return credential{}, err
	}
	found := credential{header: "Authorization", value: got.tokens.authorization, cached: got.cached}
	found.refuse = func() { s.refuse(got.tokens) }
	if got.tokens.stored.TokenType == typeDPoP {
		found.bound = got.tokens.stored.AccessToken
	}
	return found, nil
}

// A transport adds credentials to requests. It must not know where they come from.
type transport struct {
	redacted
	source   source
	settings managerSettings
	prover   *prover
	base     http.RoundTripper
}

func newTransport(source source, settings managerSettings, prover *prover, base http.RoundTripper) *transport {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{source: source, settings: settings, prover: prover, base: base}
}

// RoundTrip sends one request.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL == nil {
		closeBody(request)
		return nil, &ConfigurationError{"the request has no address"}
	}
	if t.hasLeft(request) {
		return t.base.RoundTrip(request)
	}
	asked := request.URL
	request, err := t.placed(request)
	if err != nil {
		closeBody(request)
		return nil, err
	}
	found, err := t.source.credential(request.Context())
	if err != nil {
		closeBody(request)
		return nil, err
	}
	attempt, nonced := 1, false
	for body := request.Body; ; {
		response, err := t.send(request, body, found)
		if err != nil {
			return nil, err
		}
		hasNonce := t.prover.remember(request.URL, response.Header) && !nonced
		switch rules.DecideRetry(rules.Reply{
			Status:     response.StatusCode,
			Challenges: rules.ParseChallenges(response.Header.Values("Www-Authenticate")),
			HasNonce:   hasNonce,
			Cached:     found.cached && found.refuse != nil,
			Replayable: isReplayable(request),
			Attempt:    attempt,
		}) {
		case rules.NewToken:
			attempt++
			found.refuse()
			next, err := t.source.credential(request.Context())
			var ended *LoginRequiredError
			if errors.As(err, &ended) {
				t.drain(request, response)
				return nil, err
			}
			if err != nil {
				// There is no better token: the reply to the one that there was is all that can be said.
				return response, nil
			}
			found = next
		case rules.Nonce:
			nonced = true
		default:
			absolute(response, asked, request.URL)
			return response, nil
		}
		if body, err = again(request); err != nil {
			return response, nil
		}
		t.drain(request, response)
	}
}

// send sends the request once, and waits until the reply begins.
func (t *transport) send(request *http.Request, body io.ReadCloser, found credential) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	own := request.Clone(ctx)
	own.Body = body
	if own.Header == nil {
		own.Header = http.Header{}
	}
	own.Header.Set(found.header, found.value)
	if t.prover != nil && found.bound != "" {
		if err := t.prover.prove(own.Header, methodOf(request), request.Host, request.URL, found.bound); err != nil {
			cancel(err)
			closeBody(own)
			return nil, err
		}
	}
	silence := t.settings.clock.AfterFunc(t.settings.apiTimeout, func() { cancel(errLate) })
	response, err := t.base.RoundTrip(own)
	silence()
	if err != nil {
		if late := context.Cause(ctx); errors.Is(late, ErrTimeout) {
			err = &NetworkError{Origin: rules.Origin(request.URL), Cause: late}
		}
		cancel(err)
		return nil, err
	}
	// The body of a reply to an upgrade is the connection itself, and has to stay what it is.
	if response.StatusCode == http.StatusSwitchingProtocols {
		return response, nil
	}
	response.Body = &endingBody{response.Body, cancel}
	return response, nil
}

// endingBody ends the request's context with the reply.
type endingBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (b *endingBody) Close() error {
	defer b.cancel(context.Canceled)
	return b.ReadCloser.Close()
}

// CheckScope says whether an API refused a call for the lack of permissions: then it is an [InsufficientScopeError] that names them.
func CheckScope(response *http.Response) error {
	if response == nil || response.StatusCode != http.StatusForbidden && response.StatusCode != http.StatusUnauthorized {
		return nil
	}
	scopes, lacks := rules.NeededScopes(rules.ParseChallenges(response.Header.Values("Www-Authenticate")))
	if !lacks {
		return nil
	}
	return &InsufficientScopeError{Scopes: scopes}
}

func isReplayable(request *http.Request) bool {
	return request.Body == nil || request.Body == http.NoBody || request.GetBody != nil
}

func again(request *http.Request) (io.ReadCloser, error) {
	if request.GetBody == nil {
		return request.Body, nil
	}
	return request.GetBody()
}

// drain reads a reply that nobody wants, so that its connection can be used again, unless that takes long: the body may never end.
func (t *transport) drain(request *http.Request, response *http.Response) {
	limited, stop := within(request.Context(), t.settings.clock, drainTime)
	defer stop()
	_, _ = flight.Start(func() (int64, error) { return io.CopyN(io.Discard, response.Body, maxDrained) }).Wait(limited)
	_ = response.Body.Close()
}

func closeBody(request *http.Request) {
	if request.Body != nil {
		_ = request.Body.Close()
	}
}

func methodOf(request *http.Request) string {
	if request.Method == "" {
		return http.MethodGet
	}
	return request.Method
}
