package grantd

// An owner is whose tokens a manager keeps: which key they must be bound to, and whether a user had to log in for them. It must not know
// stores.
type owner struct {
	// The thumbprint of the manager's key; empty where it has none.
	key    string
	isUser bool
}

func ownerOf(subject string, key *SigningKey) owner {
	who := owner{isUser: subject != ""}
	if key != nil {
		who.key = key.Thumbprint()
	}
	return who
}

// usable is what stored tokens are good for: nil where the client's own are fetched anew. A user's that are another key's are an error, since
// he would have to log in again; of those that are bound to none, where there is a key, the refresh token gets others, which are bound.
func (o owner) usable(tokens StoredTokens) (*tokenSet, error) {
	switch {
	case o.fits(tokens):
		return newTokenSet(tokens), nil
	case !o.isUser:
		return nil, nil
	case o.key == "":
		return nil, &ConfigurationError{"the stored login is bound to a key, and this manager has none"}
	case isBound(tokens):
		return nil, &ConfigurationError{"the stored login is bound to another key than this manager's"}
	}
	return newTokenSet(tokens).ended(), nil
}

// fits says whether tokens are bound to this key, or to none where there is none. Of bound tokens that do not say their key it may be this
// one.
func (o owner) fits(tokens StoredTokens) bool {
	if tokens.KeyThumbprint == "" && isBound(tokens) {
		return o.key != ""
	}
	return tokens.KeyThumbprint == o.key
}

// knows says whether tokens are certainly not another key's.
func (o owner) knows(tokens StoredTokens) bool {
	return !isBound(tokens) || o.key != "" && tokens.KeyThumbprint == o.key
}

func isBound(tokens StoredTokens) bool {
	return tokens.KeyThumbprint != "" || tokens.TokenType == typeDPoP
}
