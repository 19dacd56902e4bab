package grantd_test

import (
	"context"
	"sync"
	"testing"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// What a request does to what it was handed is no other's affair.

func TestClaimsAreTheCallersOwn(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false))
	token := issuer.MintOpaque(grantdtest.Claims{
		"scope": "a:read", "deep": map[string]any{"list": []any{"x"}}, "cnf": map[string]any{"jkt": "AAAA"},
	})
	ask := func() *grantd.Principal {
		principal, _ := verifier.Authenticate(calling("Authorization", "Bearer "+token))
		return principal
	}
	if ask() != nil {
		t.Fatal("a bound token as a bearer token")
	}
	free := issuer.MintOpaque(grantdtest.Claims{"scope": "a:read", "deep": map[string]any{"list": []any{"x"}}})
	first := must(verifier.Verify(context.Background(), free))
	first.Claims["sub"] = "admin"
	first.Claims["deep"].(map[string]any)["list"].([]any)[0] = "y"
	first.Claims["cnf"] = map[string]any{"jkt": "AAAA"}
	first.Scopes[0], first.Audience[0] = "*", "everything"
	second := must(verifier.Verify(context.Background(), free))
	if second.Subject != "user-1" || second.Claims["sub"] != "user-1" || second.Scopes[0] != "a:read" || second.Permits("b:read") {
		t.Fatal(second.Claims)
	}
	if deep := second.Claims["deep"].(map[string]any)["list"].([]any)[0]; deep != "x" || second.Audience[0] != issuer.Audience {
		t.Fatal(deep, second.Audience)
	}
	if issuer.Count(grantdtest.Introspection) != 2 {
		t.Fatal("one request for each token")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 50 {
				principal, err := verifier.Verify(context.Background(), free)
				if err != nil {
					t.Error(err)
					return
				}
				principal.Claims["seen"] = true
			}
		}()
	}
	all.Wait()
}
