package grantdtest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// An Endpoint of a fake issuer.
type Endpoint string

// The endpoints.
const (
	Metadata      Endpoint = "metadata"
	JWKS          Endpoint = "jwks"
	Token         Endpoint = "token"
	Introspection Endpoint = "introspection"
	Device        Endpoint = "device"
	Revocation    Endpoint = "revocation"
	Pushed        Endpoint = "pushed"
	Status        Endpoint = "status"
	Usage         Endpoint = "usage"
)

// A Fault is one wrong answer: see [Reply], [Unreachable] and [Hang].
type Fault func(*http.Request) (*http.Response, error)

// Reply answers with a status, and a body that is a text or becomes JSON. header are pairs of names and values.
func Reply(status int, body any, header ...string) Fault {
	return func(request *http.Request) (*http.Response, error) {
		return respond(request, status, body, header...), nil
	}
}

// Unreachable does not answer at all.
func Unreachable(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection refused")
}

// Hang takes the request, and never answers.
func Hang(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, context.Cause(request.Context())
}

// Until answers right, but only when the channel is closed.
func Until(opened <-chan struct{}) Fault {
	return func(request *http.Request) (*http.Response, error) {
		select {
		case <-opened:
			return nil, nil
		case <-request.Context().Done():
			return nil, context.Cause(request.Context())
		}
	}
}

// Faults were scripted and did not happen yet.
type Faults struct {
	mu     sync.Mutex
	next   map[Endpoint][]Fault
	always map[Endpoint]Fault
}

// Next has the next requests to an endpoint go wrong like this, one after the other.
func (f *Faults) Next(endpoint Endpoint, faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		f.next = map[Endpoint][]Fault{}
	}
	f.next[endpoint] = append(f.next[endpoint], faults...)
}

// Always has all requests to an endpoint go wrong like this, until [Faults.Mend].
func (f *Faults) Always(endpoint Endpoint, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.always == nil {
		f.always = map[Endpoint]Fault{}
	}
	f.always[endpoint] = fault
}

// Mend takes all faults back.
func (f *Faults) Mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next, f.always = nil, nil
}

// take is the fault of the request that has just come, if there is one.
func (f *Faults) take(endpoint Endpoint) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if next := f.next[endpoint]; len(next) > 0 {
		f.next[endpoint] = next[1:]
		return next[0]
	}
	return f.always[endpoint]
}

func respond(request *http.Request, status int, body any, header ...string) *http.Response {
	text, isText := body.(string)
	if !isText {
		data, err := json.Marshal(body)
		if err != nil {
			panic("grantdtest: a body that is no JSON: " + err.Error())
		}
		text = string(data)
	}
	response := &http.Response{
		StatusCode: status,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(text)),
		Request:    request,
	}
	for at := 0; at+1 < len(header); at += 2 {
		response.Header.Add(header[at], header[at+1])
	}
	return response
}
