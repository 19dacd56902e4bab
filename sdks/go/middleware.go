package grantd

import (
	"context"
	"net/http"
)

type contextKey struct{}

// authenticated is who asks, and who says so.
type authenticated struct {
	principal *Principal
	verifier  *Verifier
}

// Require is middleware: it lets requests pass that were granted all of these permissions, with the [Principal] in their context. Without
// permissions any good token passes. Within another one of the same verifier it only asks for more permissions, since a proof is good once.
func (v *Verifier) Require(scopes ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			principal, err := v.authenticateOnce(request, scopes)
			if err != nil {
				v.WriteError(w, err)
				return
			}
			ctx := context.WithValue(request.Context(), contextKey{}, authenticated{principal, v})
			next.ServeHTTP(w, request.WithContext(ctx))
		})
	}
}

func (v *Verifier) authenticateOnce(request *http.Request, scopes []string) (*Principal, error) {
	before, has := request.Context().Value(contextKey{}).(authenticated)
	if has && before.verifier == v {
		return before.principal, v.Authorize(before.principal, scopes...)
	}
	return v.Authenticate(request, scopes...)
}

// FromContext is who asks, in a handler behind [Verifier.Require], and whether anybody does.
func FromContext(ctx context.Context) (*Principal, bool) {
	found, has := ctx.Value(contextKey{}).(authenticated)
	return found.principal, has
}
