package grantd

import (
	"context"
	"crypto/subtle"
	"net/http"
	"slices"
	"strconv"

	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/rules"
)

type contextKey struct{}

// authenticated is who asks, and who says so.
type authenticated struct {
	principal *Principal
	verifier  *Verifier
}

// Require is middleware: it lets requests pass that were granted all of these permissions, with the [Principal] in their context. Without
// permissions any good token passes. Within another one of the same verifier it only asks for more permissions, since a proof is good once;
// a request that carries another credential by then is verified anew. Each of the permissions must be one scope: it panics otherwise, as a
// route that is wrong must not begin to serve.
func (v *Verifier) Require(scopes ...string) func(http.Handler) http.Handler {
	for _, scope := range scopes {
		if !rules.IsScope(scope) {
			panic("grantd: a route's permission is not one scope: " + strconv.Quote(scope))
		}
	}
	scopes = slices.Clone(scopes)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			principal, err := v.authenticateOnce(request, scopes)
			if err != nil {
				v.tell(request, err)
				v.WriteError(w, err)
				return
			}
			ctx := context.WithValue(request.Context(), contextKey{}, authenticated{principal, v})
			next.ServeHTTP(w, request.WithContext(ctx))
		})
	}
}

// tell tells of a refusal. Whatever comes of it, the request is answered.
func (v *Verifier) tell(request *http.Request, refusal error) {
	if v.settings.onRefusal == nil {
		return
	}
	_ = flight.Try(func() error {
		v.settings.onRefusal(request, refusal)
		return nil
	})
}

func (v *Verifier) authenticateOnce(request *http.Request, scopes []string) (*Principal, error) {
	before, has := request.Context().Value(contextKey{}).(authenticated)
	if has && before.verifier == v && v.presents(request, before.principal) {
		return before.principal, v.Authorize(before.principal, scopes...)
	}
	return v.Authenticate(request, scopes...)
}

// presents says whether a principal's credential is the one that a request carries: somebody in between may have put another one there.
func (v *Verifier) presents(request *http.Request, principal *Principal) bool {
	found, err := presented(request.Header, v.keyHeader())
	return err == nil && subtle.ConstantTimeCompare([]byte(found.token), []byte(principal.Token())) == 1
}

// FromContext is who asks, in a handler behind [Verifier.Require], and whether anybody does.
func FromContext(ctx context.Context) (*Principal, bool) {
	found, has := ctx.Value(contextKey{}).(authenticated)
	return found.principal, has
}
