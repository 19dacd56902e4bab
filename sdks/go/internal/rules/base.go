package rules

import (
	"net/url"
	"strings"
)

// BelowBase is the address of a call below the base of an API: one that names no host is put behind the base, any other must be there
// already. False for one that would leave the base, if only after somebody has resolved its dots.
func BelowBase(base, address *url.URL) (*url.URL, bool) {
	if address.Opaque != "" || address.User != nil || strings.ContainsAny(address.Path, "\\") || HasDots(address) {
		return nil, false
	}
	root := strings.TrimSuffix(base.EscapedPath(), "/")
	if address.Scheme == "" && address.Host == "" {
		own := *base
		below := strings.TrimPrefix(address.EscapedPath(), "/")
		if below != "" || address.Path == "/" {
			below = "/" + below
		}
		path, err := url.PathUnescape(root + below)
		if err != nil || strings.HasPrefix(path, "//") {
			return nil, false
		}
		own.Path, own.RawPath = path, root+below
		own.RawQuery, own.ForceQuery = address.RawQuery, address.ForceQuery
		return &own, true
	}
	path := address.EscapedPath()
	isBelow := path == root || strings.HasPrefix(path, root+"/")
	return address, Origin(address) == Origin(base) && isBelow
}

// HasDots says whether a part of an address's path is "." or "..", written out or encoded.
func HasDots(address *url.URL) bool {
	for _, part := range strings.Split(address.Path, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}
