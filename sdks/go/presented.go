package grantd

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"grantd.example/grantd/internal/rules"
)

// facts are the parts of a request that say who asks. They must not say whether that is true.
type facts struct {
	token, scheme string
	// It came in the header where only a key belongs.
	isKey bool
	// What a proof has to be for: a request's method, and where it came.
	method, host, target string
	isTLS                bool
	proofs               []string
	certificate          []byte
}

// same says whether two requests present the same, for the same.
func (f facts) same(other facts) bool {
	return f.token == other.token && f.scheme == other.scheme && f.isKey == other.isKey && f.method == other.method &&
		f.host == other.host && f.target == other.target && f.isTLS == other.isTLS &&
		slices.Equal(f.proofs, other.proofs) && bytes.Equal(f.certificate, other.certificate)
}

func (v *Verifier) factsOf(request *http.Request) (facts, error) {
	found, err := presented(request.Header, v.keyHeader())
	found.method, found.proofs = methodOf(request), request.Header.Values("Dpop")
	// RequestURI is what came, whatever routers have made of URL since.
	found.host, found.target, found.isTLS = request.Host, request.RequestURI, request.TLS != nil
	if found.target == "" && request.URL != nil {
		found.target = request.URL.RequestURI()
	}
	if v.settings.certificate != nil {
		found.certificate = v.settings.certificate(request)
	} else if request.TLS != nil && len(request.TLS.PeerCertificates) > 0 {
		found.certificate = request.TLS.PeerCertificates[0].Raw
	}
	return found, err
}

// keyHeader is the header in which keys come, where the API takes them.
func (v *Verifier) keyHeader() string {
	if v.introspection == nil {
		return ""
	}
	return v.settings.keyHeader
}

// targetOf is the address as the client wrote it; false where it is none.
func (v *Verifier) targetOf(found facts) (string, bool) {
	path, has := rules.PathOf(found.target)
	if !has {
		return "", false
	}
	scheme, host := "http", found.host
	if found.isTLS {
		scheme = "https"
	}
	if origin := v.settings.origin; origin != nil {
		scheme, host = origin.Scheme, origin.Host
	}
	return rules.Target(scheme, host, path)
}

// presented is the one credential of a request, and the scheme it came under. Where the API takes no keys, or takes them as bearer tokens,
// x-api-key is somebody else's affair.
func presented(header http.Header, keyHeader string) (facts, error) {
	authorization := header.Values("Authorization")
	var keys []string
	if keyHeader != "" && keyHeader != authorizationHeader {
		keys = header.Values(keyHeader)
	}
	// Other schemes are for somebody else.
	tokens := 0
	for _, one := range authorization {
		if schemeOf(one) != "" {
			tokens++
		}
	}
	if len(keys) > 1 || tokens > 0 && len(authorization)+len(keys) > 1 {
		return facts{}, refuse(ReasonTwice)
	}
	if len(keys) == 1 {
		return facts{token: keys[0], scheme: SchemeBearer, isKey: true}, nil
	}
	if tokens == 0 {
		return facts{}, refuse(ReasonMissing)
	}
	_, token, _ := strings.Cut(strings.TrimSpace(authorization[0]), " ")
	found := facts{token: strings.TrimLeft(token, " "), scheme: schemeOf(authorization[0])}
	if found.token == "" || strings.ContainsAny(found.token, " \t") {
		return facts{scheme: found.scheme}, refuse(ReasonMalformed)
	}
	return found, nil
}

// schemeOf is the scheme of an Authorization header with an access token; empty for another one.
func schemeOf(authorization string) string {
	name, _, _ := strings.Cut(strings.TrimSpace(authorization), " ")
	switch {
	case strings.EqualFold(name, SchemeBearer):
		return SchemeBearer
	case strings.EqualFold(name, SchemeDPoP):
		return SchemeDPoP
	}
	return ""
}
