package rules

import (
	"net/url"
	"strings"
)

const maxURI = 2048

// TargetURI is the address that a proof of possession is for, in the form in which two of them are compared (RFC 9449 section
// 4.3): without query and fragment, scheme and host in lower case, no default port, "/" for an empty path, percent-encodings in
// upper case and only where they are needed (RFC 3986 section 6.2.2). False for anything that is no absolute http or https address, and for
// one with user information. What is in the query does not matter.
func TargetURI(text string) (string, bool) {
	if end := strings.IndexAny(text, "?#"); end >= 0 {
		text = text[:end]
	}
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return "", false
	}
	host, path := rest, ""
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		host, path = rest[:slash], rest[slash:]
	}
	return Target(strings.ToLower(scheme), host, path)
}

// Target is the same of an address in parts, none of which can become part of another: a host that has more in it than a host and a port
// makes no address, nor does a path with a query or a fragment.
func Target(scheme, host, path string) (string, bool) {
	if len(scheme)+len("://")+len(host)+len(path) > maxURI || scheme != "http" && scheme != "https" {
		return "", false
	}
	if path == "" {
		path = "/"
	}
	host, isHost := normalHost(strings.ToLower(host), scheme)
	isPath := path[0] == '/' && IsVisible(path) && !strings.ContainsAny(path, "?#") && isEncoded(path)
	if !isHost || !isPath || !IsVisible(host) {
		return "", false
	}
	return scheme + "://" + host + normalEncodings(path), true
}

// PathOf is the path of a request's target (RFC 9112 section 3.2), up to the query. False for a target that has none, as "*".
func PathOf(target string) (string, bool) {
	target, _, _ = strings.Cut(target, "?")
	if strings.HasPrefix(target, "/") {
		return target, true
	}
	_, rest, isAbsolute := strings.Cut(target, "://")
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		return rest[slash:], true
	}
	return "/", isAbsolute
}

// Bare reads an address that has neither user information nor a query nor a fragment, not even empty ones.
func Bare(text string) (*url.URL, bool) {
	address, err := url.Parse(text)
	if err != nil || address.User != nil || address.Opaque != "" || strings.ContainsAny(text, "?#") {
		return nil, false
	}
	return address, true
}

// BareOrigin reads an origin: scheme and host, and a slash at most.
func BareOrigin(text string) (*url.URL, bool) {
	address, isBare := Bare(text)
	return address, isBare && strings.TrimSuffix(address.Path, "/") == "" && Origin(address) != ""
}

func normalHost(host, scheme string) (string, bool) {
	if strings.ContainsAny(host, "@\\/?# ") || !isEncoded(host) {
		return "", false
	}
	name, port := host, ""
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		name, port = host[:colon], host[colon:]
	}
	isLiteral := strings.HasPrefix(name, "[")
	if name == "" || isLiteral != strings.HasSuffix(name, "]") || strings.Contains(name, ":") && !isLiteral {
		return "", false
	}
	if port != "" && strings.Trim(port[1:], "0123456789") != "" {
		return "", false
	}
	if port == ":" || port == ":443" && scheme == "https" || port == ":80" && scheme == "http" {
		port = ""
	}
	return name + port, true
}

// isEncoded says whether each percent sign begins an encoding.
func isEncoded(text string) bool {
	for {
		at := strings.IndexByte(text, '%')
		if at < 0 {
			return true
		}
		if at+2 >= len(text) || !isHex(text[at+1]) || !isHex(text[at+2]) {
			return false
		}
		text = text[at+3:]
	}
}

// normalEncodings is for a path whose percent signs all begin encodings.
func normalEncodings(path string) string {
	if strings.IndexByte(path, '%') < 0 {
		return path
	}
	var normal strings.Builder
	for at := 0; at < len(path); at++ {
		if path[at] != '%' {
			normal.WriteByte(path[at])
			continue
		}
		encoding := strings.ToUpper(path[at : at+3])
		if decoded := hexValue(encoding[1])<<4 | hexValue(encoding[2]); isUnreserved(decoded) {
			normal.WriteByte(decoded)
		} else {
			normal.WriteString(encoding)
		}
		at += 2
	}
	return normal.String()
}

// hexValue is the value of a hexadecimal digit in upper case.
func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'A' + 10
}

func isUnreserved(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("-._~", c) >= 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// IsVisible says whether a text is made of visible ASCII characters, and not empty.
func IsVisible(text string) bool {
	for at := 0; at < len(text); at++ {
		if text[at] <= ' ' || text[at] > '~' {
			return false
		}
	}
	return text != ""
}

// SameResource says whether two identifiers name the same API: the same text, where https://h and https://h/ are one.
func SameResource(one, other string) bool {
	return bareResource(one) == bareResource(other)
}

func bareResource(uri string) string {
	_, rest, found := strings.Cut(uri, "://")
	if found && strings.IndexAny(rest, "/?") == len(rest)-1 && len(rest) > 1 && strings.HasSuffix(rest, "/") {
		return uri[:len(uri)-1]
	}
	return uri
}

// Origin is scheme, host and port of an address, in the form in which two of them are compared; empty when it has none.
func Origin(address *url.URL) string {
	if address.Host == "" {
		return ""
	}
	host, ok := normalHost(strings.ToLower(address.Host), address.Scheme)
	if !ok {
		return ""
	}
	return address.Scheme + "://" + host
}

// IsSecure says whether credentials may be sent there: https, or http on this very computer.
func IsSecure(address *url.URL) bool {
	host := strings.ToLower(address.Hostname())
	isHere := host == "localhost" || host == "127.0.0.1" || host == "::1" || strings.HasSuffix(host, ".localhost")
	return address.Host != "" && (address.Scheme == "https" || address.Scheme == "http" && isHere)
}
