package rules_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"grantd.example/grantd/internal/rules"
	"grantd.example/grantd/internal/vectors"
)

func TestRefreshVectors(t *testing.T) {
	var file struct {
		Unknown int64 `json:"lifetime_when_unknown_ms"`
		Cases   []struct {
			Lifetime, Age, Ahead, Blocks int64
			Jitter                       float64
			FailedAgo                    *int64 `json:"failed_ago"`
			Expect                       string
		}
	}
	vectors.Read(t, "refresh", &file)
	if rules.UnknownLifetime.Milliseconds() != file.Unknown || len(file.Cases) < 50 {
		t.Fatal("another file", file.Unknown, len(file.Cases))
	}
	milliseconds := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	for _, one := range file.Cases {
		ahead, blocks := rules.Windows(milliseconds(one.Lifetime), one.Jitter)
		if ahead != milliseconds(one.Ahead) || blocks != milliseconds(one.Blocks) {
			t.Errorf("%+v: windows %v %v", one, ahead, blocks)
		}
		token := rules.Token{Lifetime: milliseconds(one.Lifetime), Jitter: one.Jitter, Age: milliseconds(one.Age)}
		if one.FailedAgo != nil {
			token.Failed, token.FailedAgo = true, milliseconds(*one.FailedAgo)
		}
		if said := rules.Schedule(token).String(); said != one.Expect {
			t.Errorf("%+v: %s", one, said)
		}
	}
}

func TestCacheKeyVectors(t *testing.T) {
	var file struct {
		Cases []struct {
			Name, Issuer, Subject, Resource, Written, Key string
			ClientID                                      string `json:"client_id"`
			Scopes                                        []string
		}
	}
	vectors.Read(t, "cache-keys", &file)
	if len(file.Cases) < 10 {
		t.Fatal("too few")
	}
	for _, one := range file.Cases {
		purpose := rules.Purpose{
			Issuer: one.Issuer, ClientID: one.ClientID, Subject: one.Subject, Resource: one.Resource, Scopes: one.Scopes,
		}
		if purpose.Written() != one.Written || purpose.Key() != one.Key {
			t.Errorf("%s: %s %s", one.Name, purpose.Written(), purpose.Key())
		}
	}
}

func TestRetryVectors(t *testing.T) {
	var file struct {
		Cases []struct {
			Name               string
			Status, Attempt    int
			Cached, Replayable bool
			Values             []string `json:"www_authenticate"`
			Parsed             []struct {
				Scheme     string
				Parameters map[string]string
			}
			Nonce  *string `json:"dpop_nonce"`
			Expect string
		}
	}
	vectors.Read(t, "retries", &file)
	if len(file.Cases) < 20 {
		t.Fatal("too few")
	}
	for _, one := range file.Cases {
		parsed := rules.ParseChallenges(one.Values)
		expected := []rules.Challenge{}
		for _, challenge := range one.Parsed {
			expected = append(expected, rules.Challenge(challenge))
		}
		if !reflect.DeepEqual(parsed, expected) {
			t.Errorf("%s: %+v", one.Name, parsed)
		}
		said := rules.DecideRetry(rules.Reply{
			Status: one.Status, Challenges: parsed, HasNonce: one.Nonce != nil, Cached: one.Cached,
			Replayable: one.Replayable, Attempt: one.Attempt,
		})
		if said.String() != one.Expect {
			t.Errorf("%s: %s", one.Name, said)
		}
	}
}

func TestScopeVectors(t *testing.T) {
	var file struct {
		Covers []struct {
			Held, Wanted string
			Covered      bool
		}
		Missing []struct {
			Held            string
			Wanted, Missing []string
		}
		Parse []struct {
			Text   string
			Scopes *[]string
		}
	}
	vectors.Read(t, "scopes", &file)
	for _, one := range file.Covers {
		if rules.Covers(one.Held, one.Wanted) != one.Covered {
			t.Errorf("%+v", one)
		}
	}
	for _, one := range file.Missing {
		held, _ := rules.ParseScopes(one.Held)
		if said := rules.Missing(held, one.Wanted); fmt.Sprint(said) != fmt.Sprint(one.Missing) {
			t.Errorf("%+v: %v", one, said)
		}
	}
	for _, one := range file.Parse {
		scopes, ok := rules.ParseScopes(one.Text)
		if ok != (one.Scopes != nil) || ok && fmt.Sprint(scopes) != fmt.Sprint(*one.Scopes) {
			t.Errorf("%q: %v", one.Text, scopes)
		}
	}
}

// Attacks on the reader of a header that any API may send.
func FuzzChallenges(f *testing.F) {
	f.Add(`Bearer realm="a, b", error="invalid_token", DPoP algs="ES256 RS256"`)
	f.Add(`Negotiate YWJj==, Bearer error="x\`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, challenge := range rules.ParseChallenges([]string{text}) {
			if challenge.Scheme == "" {
				t.Error("a scheme without a name")
			}
		}
	})
}
