package grantd

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"grantd.example/grantd/internal/jose"
)

// How many seconds later a client may ask again when nobody could check its token.
const retryAfter = "5"

// challengeOptions are what an API says of itself in its refusals.
type challengeOptions struct {
	realm            string
	resourceMetadata string
	// Bearer alone, where there is none.
	schemes []string
}

type refusalBody struct {
	Error       string  `json:"error"`
	Description string  `json:"error_description"`
	Scope       *string `json:"scope,omitempty"`
}

// write answers a refused request (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1).
func (o challengeOptions) write(w http.ResponseWriter, refusal *Refusal) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "application/json")
	body := refusalBody{Error: refusal.Code(), Description: refusal.Description()}
	if refusal.Status() == http.StatusServiceUnavailable {
		header.Set("Retry-After", retryAfter)
		body.Error = "temporarily_unavailable"
	} else {
		for _, challenge := range o.challenges(refusal) {
			header.Add("WWW-Authenticate", challenge)
		}
	}
	if refusal.Nonce != "" {
		header.Set("DPoP-Nonce", refusal.Nonce)
	}
	if body.Error == "" {
		body.Error = "missing_token"
	}
	if refusal.Reason == ReasonScope {
		scope := strings.Join(refusal.Scopes, " ")
		body.Scope = &scope
	}
	w.WriteHeader(refusal.Status())
	// Whoever has gone does not hear it.
	_ = json.NewEncoder(w).Encode(body)
}

func (o challengeOptions) challenges(refusal *Refusal) []string {
	schemes := o.schemes
	if len(schemes) == 0 {
		schemes = []string{SchemeBearer}
	}
	tried := schemes[0]
	switch {
	case slices.Contains(schemes, refusal.Tried):
		tried = refusal.Tried
	case refusal.Tried == SchemeDPoP:
		// Not announced, but clients look here for what is wrong with their proof.
		tried, schemes = SchemeDPoP, append(slices.Clip(schemes), SchemeDPoP)
	}
	challenges := make([]string, len(schemes))
	for at, scheme := range schemes {
		challenges[at] = o.challenge(scheme, scheme == tried, refusal)
	}
	return challenges
}

func (o challengeOptions) challenge(scheme string, isTried bool, refusal *Refusal) string {
	var parameters []string
	add := func(name, value string) { parameters = append(parameters, name+`="`+quoting.Replace(value)+`"`) }
	if o.realm != "" {
		add("realm", o.realm)
	}
	if scheme == SchemeDPoP {
		add("algs", strings.Join(jose.Algorithms, " "))
	}
	if isTried && refusal.Code() != "" {
		add("error", refusal.Code())
		add("error_description", refusal.Description())
	}
	isAboutScopes := refusal.Reason == ReasonMissing || refusal.Reason == ReasonScope
	if isAboutScopes && len(refusal.Scopes) > 0 {
		add("scope", strings.Join(refusal.Scopes, " "))
	}
	if o.resourceMetadata != "" {
		add("resource_metadata", o.resourceMetadata)
	}
	return strings.TrimSpace(scheme + " " + strings.Join(parameters, ", "))
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// WriteError answers a request that was refused: 401, 403 or 503 with the headers that belong to it. Any other error is answered with
// 500 and not told.
func (v *Verifier) WriteError(w http.ResponseWriter, err error) {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		v.settings.challenge.write(w, refusal)
		return
	}
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}
