package grantd

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"grantd.example/grantd/internal/bounded"
	"grantd.example/grantd/internal/flight"
	"grantd.example/grantd/internal/jose"
	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/strict"
)

const (
	maxReplies = 10_000
	// For how long a reply is kept, if nobody says otherwise.
	replyKept = 10 * time.Second
	// For how long it is kept at most: a revoked credential must not live on for longer.
	replyKeptAtMost = 30 * time.Second
	// For how long a credential that could not be asked about is not asked about again.
	replyPause = time.Second
)

// introspection asks the authorization server about a credential (RFC 7662): opaque tokens and API keys, and tokens whose end must be seen
// at once. Replies are kept for seconds, a bounded number of them, under hashes.
type introspection struct {
	endpoint *endpoint
	expected expectations
	keep     time.Duration

	mu      sync.Mutex
	replies *bounded.Map[asked]
	calls   map[string]*flight.Call[strict.Object]
}

// asked is what came of asking about a credential: a reply, or why there is none.
type asked struct {
	reply  strict.Object
	failed error
	at     time.Time
}

func newIntrospection(endpoint *endpoint, expected expectations, keep time.Duration) *introspection {
	return &introspection{
		endpoint: endpoint,
		expected: expected,
		keep:     min(max(0, keep), replyKeptAtMost),
		replies:  bounded.New[asked](maxReplies),
		calls:    map[string]*flight.Call[strict.Object]{},
	}
}

// verify is what the server says of a credential.
func (i *introspection) verify(ctx context.Context, token string) (*Principal, error) {
	if len(token) > jose.MaxToken || !rules.IsVisible(token) {
		return nil, refuse(ReasonMalformed)
	}
	reply, err := i.ask(ctx, token)
	if err != nil {
		return nil, unavailable(err)
	}
	if reply["active"] != true {
		return nil, refuse(ReasonInactive)
	}
	kind, known := kindOf(reply)
	if !known {
		return nil, refuse(ReasonType)
	}
	// The reply is everybody's; what a caller does to the claims is his own affair.
	return i.expected.judge(token, kind, strict.Clone(reply), i.endpoint.exchange.clock.Now())
}

// takesReports says whether the server has an endpoint for reports of use.
func (i *introspection) takesReports(ctx context.Context) (bool, error) {
	found, err := i.endpoint.metadata.get(ctx)
	if err != nil {
		return false, err
	}
	return found.usageEndpoint != "", nil
}

// report reports uses under a name: of several reports with one name the server counts the first.
func (i *introspection) report(ctx context.Context, uses []Use, id string) error {
	lines := make([]map[string]any, 0, len(uses))
	for _, use := range uses {
		lines = append(lines, map[string]any{"client_id": use.ClientID, "permission": use.Permission, "count": use.Count})
	}
	text, err := json.Marshal(lines)
	if err != nil {
		return err
	}
	found, err := i.endpoint.metadata.get(ctx)
	if err != nil {
		return err
	}
	form := url.Values{"uses": {string(text)}, "report_id": {id}}
	_, err = i.endpoint.post(ctx, found.usageEndpoint, "usage endpoint", form)
	return err
}

// tell tells a server that takes no reports that permissions were used by this credential.
func (i *introspection) tell(ctx context.Context, token string, scopes []string) error {
	_, err := i.send(ctx, url.Values{"token": {token}, "scope": {strings.Join(scopes, " ")}})
	return err
}

func (i *introspection) ask(ctx context.Context, token string) (strict.Object, error) {
	digest := sha256.Sum256([]byte(token))
	key := string(digest[:])
	if err := over(ctx); err != nil {
		return nil, err
	}
	if i.keep <= 0 {
		// Where nothing is remembered, nobody is told what was so before they asked.
		return flight.Start(func() (strict.Object, error) { return i.send(ctx, url.Values{"token": {token}}) }).Wait(ctx)
	}
	i.mu.Lock()
	now := i.endpoint.exchange.clock.Now()
	// What was remembered on a clock that stepped back since is forgotten.
	if known, has := i.replies.Get(key, now); has && !now.Before(known.at) {
		i.mu.Unlock()
		return known.reply, known.failed
	}
	call := i.calls[key]
	if call == nil {
		own := context.WithoutCancel(ctx)
		call = flight.Start(func() (strict.Object, error) { return i.renew(own, key, token) })
		i.calls[key] = call
	}
	i.mu.Unlock()
	return call.Wait(ctx)
}

func (i *introspection) renew(ctx context.Context, key, token string) (strict.Object, error) {
	began := i.endpoint.exchange.clock.Now()
	reply, err := flight.Guard(func() (strict.Object, error) { return i.send(ctx, url.Values{"token": {token}}) })
	now := i.endpoint.exchange.clock.Now()
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.calls, key)
	if err != nil {
		i.replies.Put(key, asked{failed: err, at: now}, now.Add(replyPause))
		return nil, err
	}
	until := began.Add(i.keep)
	if exp, has := reply["exp"].(float64); has && exp >= 0 && exp <= lastDate {
		if end := time.Unix(int64(exp), 0); end.Before(until) {
			until = end
		}
	}
	i.replies.Put(key, asked{reply: reply, at: began}, until)
	return reply, nil
}

func (i *introspection) send(ctx context.Context, form url.Values) (strict.Object, error) {
	found, err := i.endpoint.metadata.get(ctx)
	if err != nil {
		return nil, err
	}
	reply, err := i.endpoint.post(ctx, found.introspectionEndpoint, "introspection endpoint", form)
	if err != nil {
		return nil, err
	}
	document, err := strict.Parse(reply.body)
	if err != nil {
		return nil, &ReplyError{Reason: "the introspection endpoint's reply is no JSON object", Status: http.StatusOK}
	}
	if _, says := document["active"].(bool); !says {
		return nil, &ReplyError{Reason: "the introspection endpoint does not say whether the token is active", Status: http.StatusOK}
	}
	return document, nil
}

// kindOf is what kind of credential a reply is about. Refresh tokens have no type: they are not for APIs.
func kindOf(reply strict.Object) (Kind, bool) {
	tokenType, _ := reply["token_type"].(string)
	switch strings.ToLower(tokenType) {
	case "api_key":
		return KindAPIKey, true
	case "bearer", "dpop":
		return KindOpaque, true
	}
	return "", false
}
