package grantdtest

import (
	"bytes"
	"compress/zlib"
	"maps"
	"net/http"
	"net/url"
	"time"

	"grantd.example/grantd/internal/jose"
	"grantd.example/grantd/internal/strict"
)

// What the issuer gives beside tokens: status lists, names of pushed requests, and the keys that tokens are bound to.

const (
	maxProof = 4096
	listTTL  = time.Minute
)

// proofKey is the thumbprint of the key in a proof of possession that the key has signed. Nothing else of the proof is checked here.
func proofKey(proof string) (string, bool) {
	jws, err := jose.TakeApart(proof, maxProof, nil)
	if err != nil {
		return "", false
	}
	jwk, _ := jws.Header.Members["jwk"].(map[string]any)
	key := jose.ReadPublic(jwk)
	if key == nil || !key.Verifies(jws.Header.Alg, jws.Signed, jws.Signature) {
		return "", false
	}
	return key.Thumbprint(), true
}

// push takes the parameters of a login (RFC 9126 section 2.2).
func (i *Issuer) push(form url.Values) (int, any) {
	name := "urn:ietf:params:oauth:request_uri:" + i.name("pushed")
	i.pushed[name] = maps.Clone(form)
	return http.StatusCreated, Claims{"request_uri": name, "expires_in": 60}
}

func (i *Issuer) listURI() string { return i.URL + "/status/1" }

// place is the claim of a token that names its place in the list.
func (i *Issuer) place(index int) Claims {
	return Claims{"status": Claims{"status_list": Claims{"idx": index, "uri": i.listURI()}}}
}

// statusList is the list as it is now, good for a minute and usable for as long as a token.
func (i *Issuer) statusList() (int, any) {
	if !i.StatusList {
		return http.StatusNotFound, Claims{}
	}
	bits := make([]byte, len(i.places)/8+1)
	for place := range i.revoked {
		bits[place/8] |= 1 << (place % 8)
	}
	var packed bytes.Buffer
	writer := zlib.NewWriter(&packed)
	// A buffer takes everything.
	_, _ = writer.Write(bits)
	_ = writer.Close()
	now := i.Clock.Now()
	list, err := i.keys[0].Sign(Claims{"typ": "statuslist+jwt", "kid": i.keys[0].KeyID()}, Claims{
		"iss":         i.URL,
		"sub":         i.listURI(),
		"iat":         now.Unix(),
		"ttl":         int(listTTL.Seconds()),
		"exp":         now.Add(i.Lifetime).Unix(),
		"status_list": Claims{"bits": 1, "lst": strict.Encode(packed.Bytes())},
	})
	if err != nil {
		panic("grantdtest: " + err.Error())
	}
	return http.StatusOK, list
}
