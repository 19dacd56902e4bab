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

// fits says whether tokens are bound to this key, or to none where there is none. Of bound tokens that do not say their key it may be this
// one.
func (o owner) fits(tokens StoredTokens) bool {
	if tokens.KeyThumbprint == "" && tokens.TokenType == typeDPoP {
		return o.key != ""
	}
	return tokens.KeyThumbprint == o.key
}

// knows says whether tokens are certainly this key's.
func (o owner) knows(tokens StoredTokens) bool {
	return tokens.KeyThumbprint == o.key && (o.key != "" || tokens.TokenType != typeDPoP)
}

// mismatch is what to say about stored tokens that do not fit: a client's own are fetched anew, a user would have to log in again.
func (o owner) mismatch() error {
	if !o.isUser {
		return nil
	}
	if o.key == "" {
		return &ConfigurationError{"the stored login is bound to a key, and this manager has none"}
	}
	return &ConfigurationError{"the stored login is bound to another key than this manager's, or to none"}
}
