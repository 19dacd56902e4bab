package grantd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"grantd.example/grantd/internal/flight"
)

// ErrTimeout is in the chain of every error that says that a reply did not come in time.
var ErrTimeout = errors.New("no reply in time")

// errLate is the cause with which the context of a request ends that took too long.
var errLate = fmt.Errorf("the time for the request is over: %w", ErrTimeout)

// A PanicError says that code of the program that was called from here, in a goroutine of its own, panicked or ended that goroutine: a
// store, a transport, a signer. All callers who wait for that work get it; the process goes on.
type PanicError = flight.PanicError

// A ConfigurationError says that what was given contradicts itself, or that something is missing. Nothing was sent.
type ConfigurationError struct{ Reason string }

func (e *ConfigurationError) Error() string { return "grantd: " + e.Reason }

// A NetworkError says that there was no complete reply. It is worth trying again. If the reason was the time, it is [ErrTimeout].
type NetworkError struct {
	// Where the request went: scheme, host and port.
	Origin string
	Cause  error
}

func (e *NetworkError) Error() string {
	var connection *net.OpError
	if e.Timeout() && !errors.As(e.Cause, &connection) {
		return "grantd: no reply in time from " + e.Origin
	}
	if why := reasonOf(e.Cause); why != "" {
		return "grantd: no reply from " + e.Origin + ": " + why
	}
	return "grantd: no reply from " + e.Origin
}

// reasonOf is what the system or TLS says went wrong. What else a cause may say, as that of a transport of the program, is not printed: a
// request with a secret could be in it.
func reasonOf(cause error) string {
	var connection *net.OpError
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(cause, &connection):
		return connection.Error()
	case errors.As(cause, &name):
		return name.Error()
	case errors.As(cause, &certificate):
		return certificate.Error()
	case errors.As(cause, &record):
		return record.Error()
	case errors.As(cause, &alert):
		return alert.Error()
	}
	for _, known := range []error{http.ErrSchemeMismatch, io.ErrUnexpectedEOF, io.EOF, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(cause, known) {
			return known.Error()
		}
	}
	return ""
}

func (e *NetworkError) Unwrap() error { return e.Cause }

// Timeout says whether the reason was the time: that of this package, or of the program's own HTTP client.
func (e *NetworkError) Timeout() bool {
	var late net.Error
	return errors.Is(e.Cause, ErrTimeout) || errors.As(e.Cause, &late) && late.Timeout()
}

// Is has errors.Is(err, ErrTimeout) hold for any reason that was the time.
func (e *NetworkError) Is(target error) bool { return target == ErrTimeout && e.Timeout() }

// A ReplyError is about a reply that is not what the standard says: not JSON, too long, a member of the wrong type, a redirect, a 5xx.
type ReplyError struct {
	Reason string
	// The HTTP status of the reply.
	Status int
	// What the server asked to wait, where it did.
	RetryAfter time.Duration
}

func (e *ReplyError) Error() string { return fmt.Sprintf("grantd: %s (status %d)", e.Reason, e.Status) }

// A DiscoveryError says that the server's metadata cannot be trusted: above all, that its issuer is not the one asked.
type DiscoveryError struct{ Reason string }

func (e *DiscoveryError) Error() string { return "grantd: " + e.Reason }

// An OAuthError is a refusal of the authorization server (RFC 6749 section 5.2).
type OAuthError struct {
	// The server's error: "invalid_client", "invalid_grant".
	Code string
	// The server's error_description, where there is one.
	Description string
	// The HTTP status; 0 where the refusal came with a redirect, or from here.
	Status int
}

func (e *OAuthError) Error() string {
	if e.Description == "" {
		return "grantd: " + e.Code
	}
	return "grantd: " + e.Code + ": " + e.Description
}

// A LoginRequiredError says that a login has ended: its refresh token is used, revoked, expired or absent. Only the user can go on,
// with a new login. It wraps the server's [OAuthError].
type LoginRequiredError struct{ Cause *OAuthError }

func (e *LoginRequiredError) Error() string { return "grantd: the login has ended: " + e.Cause.Code }

func (e *LoginRequiredError) Unwrap() error { return e.Cause }

// A CallbackError says that what came back to the redirect URI belongs to no login of this user, or to another server (RFC 9207).
type CallbackError struct{ Reason string }

func (e *CallbackError) Error() string { return "grantd: " + e.Reason }

// A StoreError says that the token store or its lock failed. It prints its cause, in which a store must put no secret.
type StoreError struct{ Cause error }

func (e *StoreError) Error() string { return "grantd: the token store failed: " + e.Cause.Error() }

func (e *StoreError) Unwrap() error { return e.Cause }

// An InsufficientScopeError says that a token lacks permissions that a call needs. See [CheckScope].
type InsufficientScopeError struct {
	// All permissions that the call needs, where the API says them.
	Scopes []string
}

func (e *InsufficientScopeError) Error() string {
	return "grantd: the call needs " + strings.Join(e.Scopes, " ")
}
