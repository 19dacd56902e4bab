// Package rules has the decisions that are the same in all of grantd's SDKs, as plain functions: what a permission covers, when a
// token is replaced, what happens after a refusal, under which name a token is kept. It must not know HTTP clients, clocks or stores.
package rules

import (
	"slices"
	"strings"
)

const (
	maxScope = 256
	// For how many there is room at once.
	maxScopes = 64
)

// Scopes that "*" does not cover: they are never a platform's to give away wholesale.
var neverByStar = []string{"openid", "offline_access"}

// ParseScopes is the list of a scope parameter (RFC 6749 section 3.3), each once, in order; false when it has characters that no
// scope has.
func ParseScopes(text string) ([]string, bool) {
	scopes := make([]string, 0, min(strings.Count(text, " ")+1, maxScopes))
	for more := true; more; {
		var scope string
		scope, text, more = strings.Cut(text, " ")
		if scope == "" || slices.Contains(scopes, scope) {
			continue
		}
		if !IsScope(scope) {
			return nil, false
		}
		scopes = append(scopes, scope)
	}
	return scopes, true
}

// IsScope says whether a text is one scope.
func IsScope(text string) bool {
	if text == "" || len(text) > maxScope {
		return false
	}
	for at := 0; at < len(text); at++ {
		if text[at] <= ' ' || text[at] > '~' || text[at] == '"' || text[at] == '\\' {
			return false
		}
	}
	return true
}

// Covers says whether holding held means holding wanted, which is a scope or a narrower pattern. What is not one scope is covered by
// nothing: of "a b" somebody could believe that it asks for both.
func Covers(held, wanted string) bool {
	if held == wanted {
		return IsScope(wanted)
	}
	if held == "*" {
		return !slices.Contains(neverByStar, wanted) && !strings.HasPrefix(wanted, "grantd:") && IsScope(wanted)
	}
	if len(held) <= 2 || !strings.HasSuffix(held, ":*") {
		return false
	}
	prefix := held[:len(held)-1]
	return strings.HasPrefix(wanted, prefix) && len(wanted) > len(prefix) && IsScope(wanted)
}

// Missing are the scopes of wanted that none of held covers, in their order.
func Missing(held, wanted []string) []string {
	missing := []string{}
	for _, scope := range wanted {
		if !slices.ContainsFunc(held, func(one string) bool { return Covers(one, scope) }) {
			missing = append(missing, scope)
		}
	}
	return missing
}
