package grantd

import (
	"net/http"
	"net/url"
	"slices"

	"grantd.example/grantd/internal/rules"
)

// placed is the request at its full address, if a credential may travel there: not in clear, nor to an origin that it is not for, nor out of
// the base. Otherwise nothing is sent.
func (t *transport) placed(request *http.Request) (*http.Request, error) {
	address, isBelow := t.address(request.URL)
	if !isBelow {
		return request, &ConfigurationError{"the request would leave the base of the API"}
	}
	if len(t.settings.origins) > 0 && !slices.Contains(t.settings.origins, rules.Origin(address)) {
		return request, &ConfigurationError{"the request would take its credential to another origin"}
	}
	if !rules.IsSecure(address) {
		return request, &ConfigurationError{"the request would carry a credential over plain http"}
	}
	if address == request.URL {
		return request, nil
	}
	own := *request
	own.URL = address
	return &own, nil
}

// address is where a call goes; false for one out of the base.
func (t *transport) address(named *url.URL) (*url.URL, bool) {
	if t.settings.base == nil {
		return named, true
	}
	return rules.BelowBase(t.settings.base, named)
}

// hasLeft says whether redirects have ever led a request away from the origin that the caller named, or out of the base. What comes after
// that is not the caller's wish, even where it is at the API again: it gets no credential, as with the headers that net/http takes away
// itself. Nor does what comes from nobody knows where, since a transport did not say.
func (t *transport) hasLeft(request *http.Request) bool {
	if request.Response == nil {
		return false
	}
	var hops []*url.URL
	first := request
	for ; first.Response != nil; first = first.Response.Request {
		hops = append(hops, first.URL)
		if first.Response.Request == nil || first.Response.Request.URL == nil {
			return true
		}
	}
	began, _ := t.address(first.URL)
	if began == nil {
		return true
	}
	return slices.ContainsFunc(hops, func(hop *url.URL) bool {
		address, isBelow := t.address(hop)
		return !isBelow || rules.Origin(address) != rules.Origin(began)
	})
}

// absolute has a redirect name its whole address, where the request did not: whoever follows it must not take it for one below the base.
func absolute(response *http.Response, asked, sent *url.URL) {
	location := response.Header.Get("Location")
	if asked.Host != "" || location == "" {
		return
	}
	if target, err := sent.Parse(location); err == nil {
		response.Header.Set("Location", target.String())
	}
}
