package grantd

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"grantd.example/grantd/internal/rules"
)

const (
	// For a request to the authorization server, unless somebody says otherwise.
	defaultTimeout = 10 * time.Second
	maxReply       = 1024 * 1024
)

// An exchanger talks to an authorization server: bounded in time and size, without redirects.
type exchanger struct {
	client  *http.Client
	clock   Clock
	timeout time.Duration
}

// A reply is complete.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func newExchanger(settings common) exchanger {
	// Credentials go where they were meant to go and nowhere else.
	client := *settings.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar = nil
	return exchanger{client: &client, clock: settings.clock, timeout: settings.timeout}
}

func (e exchanger) get(ctx context.Context, address, accept string) (reply, error) {
	return e.send(ctx, http.MethodGet, address, http.Header{"Accept": {accept}}, "")
}

func (e exchanger) post(ctx context.Context, address string, header http.Header, form url.Values) (reply, error) {
	header.Set("Accept", "application/json")
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	return e.send(ctx, http.MethodPost, address, header, form.Encode())
}

func (e exchanger) send(ctx context.Context, method, address string, header http.Header, body string) (reply, error) {
	ctx, stop := within(ctx, e.clock, e.timeout)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return reply{}, &ConfigurationError{"an address is malformed"}
	}
	request.Header = header
	response, err := e.client.Do(request)
	if err != nil {
		return reply{}, networkError(ctx, request.URL, err)
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		return reply{}, &ReplyError{Reason: "the server answered with a redirect, which is not followed", Status: response.StatusCode}
	}
	read, err := io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	if err != nil {
		return reply{}, networkError(ctx, request.URL, err)
	}
	if len(read) > maxReply {
		return reply{}, &ReplyError{Reason: "the reply is too long", Status: response.StatusCode}
	}
	return reply{response.StatusCode, response.Header, read}, nil
}

func networkError(ctx context.Context, address *url.URL, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &NetworkError{Origin: rules.Origin(address), Cause: err}
}

// retryAfter is what a server asks to wait, where it says so as a number of seconds (RFC 9110 section 10.2.3).
func (r reply) retryAfter() time.Duration {
	seconds, err := strconv.ParseUint(r.header.Get("Retry-After"), 10, 30)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
