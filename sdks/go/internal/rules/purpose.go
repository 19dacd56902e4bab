package rules

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"

	"grantd.example/grantd/internal/strict"
)

// A Purpose is what a token is for. No token is ever used for another.
type Purpose struct {
	Issuer, ClientID string
	// The user, where the token is a user's: any text that tells the users apart.
	Subject  string
	Resource string
	Scopes   []string
}

// Written is the purpose as one text: netstrings, so that its parts cannot flow into one another.
func (p Purpose) Written() string {
	scopes := slices.Compact(slices.Sorted(slices.Values(p.Scopes)))
	var text strings.Builder
	for _, part := range []string{p.Issuer, p.ClientID, p.Subject, p.Resource, strings.Join(scopes, " ")} {
		text.WriteString(strconv.Itoa(len(part)))
		text.WriteByte(':')
		text.WriteString(part)
		text.WriteByte(',')
	}
	return text.String()
}

// Key is the SHA-256 of that text in base64url: good as a file's name, and it says nothing about the user.
func (p Purpose) Key() string {
	digest := sha256.Sum256([]byte(p.Written()))
	return strict.Encode(digest[:])
}
