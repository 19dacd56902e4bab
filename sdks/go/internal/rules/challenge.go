package rules

import "strings"

// A Challenge of a WWW-Authenticate header (RFC 9110 section 11.6.1); names in lower case.
type Challenge struct {
	Scheme     string
	Parameters map[string]string
}

// ParseChallenges reads the header's values, each of which may have several challenges. What cannot be read ends the list.
func ParseChallenges(values []string) []Challenge {
	s := scanner{text: strings.Join(values, ", ")}
	challenges := []Challenge{}
	for {
		s.skip(" \t,")
		if s.at == len(s.text) {
			return challenges
		}
		if len(challenges) > 0 {
			if name, value, ok := s.parameter(); ok {
				parameters := challenges[len(challenges)-1].Parameters
				if _, has := parameters[name]; !has {
					parameters[name] = value
				}
				continue
			}
		}
		scheme, ok := s.scheme()
		if !ok {
			return challenges
		}
		challenges = append(challenges, Challenge{Scheme: scheme, Parameters: map[string]string{}})
		s.skip(" \t")
		s.token68()
	}
}

type scanner struct {
	text string
	at   int
}

func (s *scanner) skip(characters string) {
	for s.at < len(s.text) && strings.IndexByte(characters, s.text[s.at]) >= 0 {
		s.at++
	}
}

// token is a run of characters that a name may have; empty where there is none.
func (s *scanner) token() string {
	begin := s.at
	for s.at < len(s.text) && isTokenCharacter(s.text[s.at]) {
		s.at++
	}
	return s.text[begin:s.at]
}

func (s *scanner) scheme() (string, bool) {
	name := s.token()
	ends := s.at == len(s.text) || strings.IndexByte(" \t,", s.text[s.at]) >= 0
	return strings.ToLower(name), name != "" && ends
}

// parameter is name=value; where there is none, nothing was read.
func (s *scanner) parameter() (name, value string, ok bool) {
	begin := s.at
	defer func() {
		if !ok {
			s.at = begin
		}
	}()
	name = strings.ToLower(s.token())
	s.skip(" \t")
	if name == "" || s.at == len(s.text) || s.text[s.at] != '=' {
		return "", "", false
	}
	s.at++
	s.skip(" \t")
	if s.at < len(s.text) && s.text[s.at] == '"' {
		return name, s.quoted(), true
	}
	from := s.at
	for s.at < len(s.text) && strings.IndexByte(" \t\",=", s.text[s.at]) < 0 {
		s.at++
	}
	return name, s.text[from:s.at], s.at > from
}

// quoted reads to the closing quote, or to the end where there is none.
func (s *scanner) quoted() string {
	var value strings.Builder
	for s.at++; s.at < len(s.text); s.at++ {
		switch character := s.text[s.at]; {
		case character == '"':
			s.at++
			return value.String()
		case character == '\\' && s.at+1 < len(s.text):
			s.at++
			value.WriteByte(s.text[s.at])
		default:
			value.WriteByte(character)
		}
	}
	return value.String()
}

// token68 passes over the one value that some schemes have in place of parameters; it is of no interest here.
func (s *scanner) token68() {
	begin := s.at
	if _, _, isParameter := s.parameter(); isParameter {
		s.at = begin
		return
	}
	for s.at < len(s.text) && (isTokenCharacter(s.text[s.at]) || s.text[s.at] == '/') {
		s.at++
	}
	s.skip("=")
	end := s.at
	s.skip(" \t")
	if s.at < len(s.text) && s.text[s.at] != ',' {
		s.at = begin
		return
	}
	s.at = end
}

func isTokenCharacter(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// IsToken says whether a text is a name that a header can have (RFC 9110 section 5.6.2).
func IsToken(text string) bool {
	for at := 0; at < len(text); at++ {
		if !isTokenCharacter(text[at]) {
			return false
		}
	}
	return text != ""
}
