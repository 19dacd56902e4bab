package grantd_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
	"grantd.example/grantd/internal/vectors"
)

// answers are what addresses answer.
type answers map[string]func(*http.Request) *http.Response

func (a answers) RoundTrip(request *http.Request) (*http.Response, error) {
	if answer, has := a[request.URL.String()]; has {
		return answer(request), nil
	}
	return answered(http.StatusNotFound, "{}")(request), nil
}

func answered(status int, body any) func(*http.Request) *http.Response {
	return func(request *http.Request) *http.Response {
		response, _ := grantdtest.Reply(status, body)(request)
		return response
	}
}

// A file of vectors, as far as all that have a verifier are the same.
type file struct {
	Now      int64
	Issuer   string
	Audience string
	URI      string
}

// verifier is one for the cases of a file, to which some addresses answer.
func (f file) verifier(t *testing.T, more answers, options ...grantd.VerifierOption) *grantd.Verifier {
	t.Helper()
	var tokens struct{ JWKS json.RawMessage }
	vectors.Read(t, "tokens", &tokens)
	metadata := map[string]any{
		"issuer":                 f.Issuer,
		"jwks_uri":               f.Issuer + "/jwks.json",
		"introspection_endpoint": f.Issuer + "/introspect",
	}
	network := answers{
		f.Issuer + "/.well-known/oauth-authorization-server": answered(http.StatusOK, metadata),
		f.Issuer + "/jwks.json":                              answered(http.StatusOK, tokens.JWKS),
	}
	for address, answer := range more {
		network[address] = answer
	}
	all := []grantd.VerifierOption{
		grantd.WithHTTPClient(&http.Client{Transport: network}),
		grantd.WithClock(grantdtest.NewClock(time.Unix(f.Now, 0))),
		grantd.WithAudience(f.Audience),
		grantd.WithCertificate(certificateOf),
	}
	verifier, err := grantd.NewVerifier(context.Background(), f.Issuer, append(all, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

// certificateOf is what a test puts in place of a TLS connection.
func certificateOf(request *http.Request) []byte {
	certificate, err := base64.StdEncoding.DecodeString(request.Header.Get("Test-Certificate"))
	if err != nil {
		panic(err)
	}
	return certificate
}

// A request as vectors have it.
type request struct {
	Scheme, Token, Method, URL, Certificate string
	Proof, Nonce                            *string
}

func (r request) http(t *testing.T) *http.Request {
	t.Helper()
	// As a server has it: the target is what came, whatever that is.
	made := &http.Request{Method: r.Method, URL: &url.URL{Path: "/"}, Header: http.Header{}}
	scheme, rest, _ := strings.Cut(r.URL, "://")
	made.Host, made.RequestURI = rest, "/"
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		made.Host, made.RequestURI = rest[:end], "/"+strings.TrimPrefix(rest[end:], "/")
	}
	if scheme == "https" {
		withTLS(made)
	}
	made.Header.Set("Authorization", r.Scheme+" "+r.Token)
	made.Header.Set("Test-Certificate", r.Certificate)
	if r.Proof != nil {
		made.Header.Set("DPoP", *r.Proof)
	}
	return made
}

// A verdict in the words of the vectors.
type verdict struct {
	OK        bool
	Error     *string
	Reason    string
	Principal map[string]any
}

func judged(t *testing.T, principal *grantd.Principal, err error) verdict {
	t.Helper()
	if err == nil {
		return verdict{OK: true, Principal: inWords(t, principal)}
	}
	var refusal *grantd.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("not a refusal: %v", err)
	}
	said := verdict{Reason: string(refusal.Reason)}
	if code := refusal.Code(); code != "" {
		said.Error = &code
	}
	return said
}

// inWords is a principal as JSON has it, without what is absent.
func inWords(t *testing.T, p *grantd.Principal) map[string]any {
	t.Helper()
	words := map[string]any{"issuer": p.Issuer, "subject": p.Subject, "audience": texts(p.Audience), "scopes": texts(p.Scopes)}
	put := func(name, value string) {
		if value != "" {
			words[name] = value
		}
	}
	if p.Kind != grantd.KindAPIKey {
		put("client_id", p.ClientID)
	}
	put("token_id", p.TokenID)
	put("tenant", p.Tenant)
	for name, date := range map[string]time.Time{"issued_at": p.IssuedAt, "expires_at": p.ExpiresAt} {
		if !date.IsZero() {
			words[name] = float64(date.Unix())
		}
	}
	if p.Confirmation != nil {
		confirmation := map[string]any{}
		for name, value := range map[string]string{"jkt": p.Confirmation.KeyThumbprint, "x5t#S256": p.Confirmation.CertificateThumbprint} {
			if value != "" {
				confirmation[name] = value
			}
		}
		words["confirmation"] = confirmation
	}
	return words
}

func texts(list []string) []any {
	all := []any{}
	for _, one := range list {
		all = append(all, one)
	}
	return all
}

func TestTokenVectors(t *testing.T) {
	var tokens struct {
		file
		Leeway     int64
		MaxToken   int `json:"max_token_bytes"`
		Algorithms []string
		Cases      []struct {
			Name, Token string
			Options     struct {
				Audience    any
				Leeway      *int64
				Types       []string
				TenantClaim string `json:"tenant_claim"`
			}
			Request request
			Expect  verdict
		}
	}
	vectors.Read(t, "tokens", &tokens)
	if len(tokens.Cases) < 100 {
		t.Fatal("too few")
	}
	for _, one := range tokens.Cases {
		t.Run(one.Name, func(t *testing.T) {
			options := []grantd.VerifierOption{grantd.WithLeeway(time.Duration(tokens.Leeway) * time.Second)}
			if one.Options.Leeway != nil {
				options = append(options, grantd.WithLeeway(time.Duration(*one.Options.Leeway)*time.Second))
			}
			switch audience := one.Options.Audience.(type) {
			case string:
				options = append(options, grantd.WithAudience(audience))
			case []any:
				names := []string{}
				for _, name := range audience {
					names = append(names, name.(string))
				}
				options = append(options, grantd.WithAudience(names...))
			}
			if one.Options.Types != nil {
				options = append(options, grantd.WithTypes(one.Options.Types...))
			}
			options = append(options, grantd.WithTenantClaim(one.Options.TenantClaim))
			asked := one.Request
			asked.Scheme, asked.Token, asked.Method, asked.URL = "Bearer", one.Token, "GET", "https://api.example.test/v1"
			principal, err := tokens.verifier(t, nil, options...).Authenticate(asked.http(t))
			if said := judged(t, principal, err); !reflect.DeepEqual(said, one.Expect) {
				t.Errorf("%+v\nwant %+v", said, one.Expect)
			}
		})
	}
}

func TestDPoPVectors(t *testing.T) {
	type step struct {
		Name    string
		Request request
		Expect  verdict
	}
	type sequence struct {
		Name  string
		Steps []step
	}
	var proofs struct {
		file
		Cases     []step
		Sequences []sequence
	}
	vectors.Read(t, "dpop", &proofs)
	all := proofs.Sequences
	for _, one := range proofs.Cases {
		all = append(all, sequence{one.Name, []step{one}})
	}
	for _, one := range all {
		t.Run(one.Name, func(t *testing.T) {
			nonce := ""
			verifier := proofs.verifier(t, nil, grantd.WithProofNonce(func() string { return nonce }))
			for _, step := range one.Steps {
				nonce = ""
				if step.Request.Nonce != nil {
					nonce = *step.Request.Nonce
				}
				asked := step.Request.http(t)
				principal, err := verifier.Authenticate(asked)
				said := judged(t, principal, err)
				said.Principal = nil
				if !reflect.DeepEqual(said, step.Expect) {
					t.Errorf("%s: %+v\nwant %+v", step.Name, said, step.Expect)
				}
			}
		})
	}
}

func TestIntrospectionVectors(t *testing.T) {
	var introspection struct {
		file
		Cases []struct {
			Name        string
			Status      int
			Reply       any
			Certificate string
			Expect      verdict
		}
	}
	vectors.Read(t, "introspection", &introspection)
	asking := grantd.Introspection{Client: grantd.OAuthConfig{ClientID: "api", ClientSecret: "secret"}}
	for _, one := range introspection.Cases {
		t.Run(one.Name, func(t *testing.T) {
			network := answers{introspection.Issuer + "/introspect": answered(one.Status, one.Reply)}
			verifier := introspection.verifier(t, network, grantd.WithIntrospection(asking), grantd.WithTenantClaim("tenant"))
			asked := request{
				Scheme: "Bearer", Token: "gd_at_opaque", Method: "GET", URL: introspection.Audience, Certificate: one.Certificate,
			}
			principal, err := verifier.Authenticate(asked.http(t))
			if said := judged(t, principal, err); !reflect.DeepEqual(said, one.Expect) {
				t.Errorf("%+v\nwant %+v", said, one.Expect)
			}
		})
	}
}

func TestStatusListVectors(t *testing.T) {
	var lists struct {
		file
		Cases []struct{ Name, Token, List, Expect string }
	}
	vectors.Read(t, "status-list", &lists)
	for _, one := range lists.Cases {
		t.Run(one.Name, func(t *testing.T) {
			verifier := lists.verifier(t, answers{lists.URI: answered(http.StatusOK, one.List)})
			_, err := verifier.Verify(context.Background(), one.Token)
			if said := reasonOf(t, err); said != one.Expect {
				t.Errorf("%s, want %s", said, one.Expect)
			}
		})
	}
}

func TestChallengeVectors(t *testing.T) {
	var challenges struct {
		Reasons []struct {
			Reason, Description string
			Status              int
			Error               *string
		}
		Cases []struct {
			Name          string
			Configuration struct {
				Realm    string
				Metadata string `json:"resource_metadata"`
				Schemes  []string
			}
			Reason, Tried, Nonce string
			Scopes               []string
			Expect               struct {
				Status  int
				Headers map[string]any
				Body    map[string]any
			}
		}
	}
	vectors.Read(t, "challenges", &challenges)
	for _, one := range challenges.Reasons {
		refusal := &grantd.Refusal{Reason: grantd.Reason(one.Reason)}
		code := ""
		if one.Error != nil {
			code = *one.Error
		}
		if refusal.Status() != one.Status || refusal.Code() != code || refusal.Description() != one.Description {
			t.Errorf("%s: %d %q %q", one.Reason, refusal.Status(), refusal.Code(), refusal.Description())
		}
	}
	for _, one := range challenges.Cases {
		t.Run(one.Name, func(t *testing.T) {
			options := []grantd.VerifierOption{
				grantd.WithRealm(one.Configuration.Realm),
				grantd.WithResourceMetadata(one.Configuration.Metadata),
				grantd.WithSchemes(one.Configuration.Schemes...),
			}
			verifier := file{Issuer: "https://id.example.test", Audience: "a"}.verifier(t, nil, options...)
			written := httptest.NewRecorder()
			verifier.WriteError(written, &grantd.Refusal{
				Reason: grantd.Reason(one.Reason), Scopes: one.Scopes, Tried: one.Tried, Nonce: one.Nonce,
			})
			headers := map[string]any{}
			for name, values := range written.Header() {
				// As the vectors spell it: names are the same in any case.
				for spelled := range one.Expect.Headers {
					if strings.EqualFold(spelled, name) {
						name = spelled
					}
				}
				headers[name] = values[0]
				if strings.EqualFold(name, "WWW-Authenticate") {
					headers[name] = texts(values)
				}
			}
			var body map[string]any
			if err := json.Unmarshal(written.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			isSame := written.Code == one.Expect.Status && reflect.DeepEqual(headers, one.Expect.Headers)
			if !isSame || !reflect.DeepEqual(body, one.Expect.Body) {
				t.Errorf("%d %v %v\nwant %+v", written.Code, headers, body, one.Expect)
			}
		})
	}
}

// Every reason is told apart from those that are not known.
func TestEveryReasonHasItsMeaning(t *testing.T) {
	var challenges struct{ Reasons []struct{ Reason string } }
	vectors.Read(t, "challenges", &challenges)
	unknown := (&grantd.Refusal{Reason: "no such reason"}).Description()
	if slices.ContainsFunc(challenges.Reasons, func(one struct{ Reason string }) bool {
		return (&grantd.Refusal{Reason: grantd.Reason(one.Reason)}).Description() == unknown
	}) {
		t.Error("a reason without a sentence of its own")
	}
}
