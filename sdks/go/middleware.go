package grantd

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/rules"
)

type contextKey struct{}

// authenticated is who asks, who says so, and of which request.
type authenticated struct {
	principal *Principal
	verifier  *Verifier
	request   facts
	// What guards around this one found.
	outer *authenticated
}

// Require is middleware: it lets requests pass that were granted all of these permissions, with the [Principal] in their context. Without
// permissions any good token passes. Within another one of the same verifier it only asks for more permissions, since a proof is good once;
// a request that carries another credential by then, or is another one, is verified anew. Each of the permissions must be one scope: it panics otherwise, as a
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
			found, err := v.authenticateOnce(request, scopes)
			if err != nil {
				v.tell(request, err)
				v.WriteError(w, err)
				return
			}
			ctx := context.WithValue(request.Context(), contextKey{}, found)
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

// authenticateOnce verifies a request, unless a guard of this verifier around this one has verified just that.
func (v *Verifier) authenticateOnce(request *http.Request, scopes []string) (*authenticated, error) {
	before, _ := request.Context().Value(contextKey{}).(*authenticated)
	found, err := v.factsOf(request)
	if err != nil {
		return nil, withRequest(err, found.scheme, scopes)
	}
	for known := before; known != nil; known = known.outer {
		if known.verifier == v && known.request.same(found) {
			return &authenticated{known.principal, v, found, before}, v.Authorize(known.principal, scopes...)
		}
	}
	principal, err := v.judge(request.Context(), found, scopes)
	return &authenticated{principal, v, found, before}, err
}

// FromContext is who asks, in a handler behind [Verifier.Require], and whether anybody does.
func FromContext(ctx context.Context) (*Principal, bool) {
	found, has := ctx.Value(contextKey{}).(*authenticated)
	if !has {
		return nil, false
	}
	return found.principal, true
}
