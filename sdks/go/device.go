package grantd

import (
	"context"
	"errors"
	"math"
	"net/url"
	"slices"
	"time"

	"grantd.example/grantd/internal/strict"
)

const (
	// Between two questions, where the server does not say (RFC 8628 section 3.2).
	deviceInterval = 5 * time.Second
	// How much longer a server that says "slow_down" wants it to be.
	deviceSlower = 5 * time.Second
	// Between two questions to a server that does not answer, at most.
	deviceSlowest = time.Minute
)

// A DeviceFlow logs users in on a device without a browser (RFC 8628): it shows a code, the user confirms it elsewhere, the device waits.
type DeviceFlow struct {
	redacted
	config   OAuthConfig
	options  []ManagerOption
	endpoint *endpoint
}

// NewDeviceFlow makes one. The options are also those of the users' managers.
func NewDeviceFlow(config OAuthConfig, options ...ManagerOption) (*DeviceFlow, error) {
	_, endpoint, err := prepare(config, options)
	if err != nil {
		return nil, err
	}
	config.Scopes = slices.Clone(config.Scopes)
	return &DeviceFlow{config: config, options: slices.Clone(options), endpoint: endpoint}, nil
}

// A DevicePrompt is what to show to the user.
type DevicePrompt struct {
	UserCode string
	// Where the user enters it.
	VerificationURI string
	// The same with the code in it, for a QR code; empty where the server gives none.
	VerificationURIComplete string
	// How long the code is good.
	ExpiresIn time.Duration
}

type deviceCode struct {
	code     secret
	prompt   DevicePrompt
	interval time.Duration
}

// Login asks for a code, shows it, and waits until the user has answered. Its errors are an [OAuthError] with "access_denied" when the
// user said no, and with "expired_token" when nobody answered in time. subject is any text that tells your users apart.
func (f *DeviceFlow) Login(ctx context.Context, subject string, show func(DevicePrompt)) (*TokenManager, error) {
	if f.endpoint == nil {
		return nil, errNoFlow
	}
	if show == nil {
		return nil, &ConfigurationError{"the function that shows the code is nil"}
	}
	manager, err := newUserManager(f.config, subject, f.options)
	if err != nil {
		return nil, err
	}
	found, err := f.endpoint.metadata.get(ctx)
	if err != nil {
		return nil, err
	}
	reply, err := f.endpoint.post(ctx, found.deviceEndpoint, "device authorization endpoint", f.config.asking(url.Values{}))
	if err != nil {
		return nil, err
	}
	asked, err := readDeviceCode(reply.body)
	if err != nil {
		return nil, err
	}
	show(asked.prompt)
	tokens, err := f.wait(ctx, asked)
	if err != nil {
		return nil, err
	}
	return manager.loggedIn(ctx, tokens)
}

func (f *DeviceFlow) wait(ctx context.Context, asked deviceCode) (*tokenSet, error) {
	clock := f.endpoint.exchange.clock
	end, pause := clock.Now().Add(asked.prompt.ExpiresIn), asked.interval
	form := url.Values{
		"grant_type":  {"urn:ietf:params:oauth:grant-type:device_code"},
		"device_code": {asked.code.reveal()},
	}
	for {
		if err := sleep(ctx, clock, pause); err != nil {
			return nil, err
		}
		if !clock.Now().Before(end) {
			return nil, &OAuthError{Code: "expired_token", Description: "nobody confirmed the code in time"}
		}
		tokens, err := f.endpoint.tokens(ctx, form)
		if err == nil {
			return tokens, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if pause, err = pauseAfter(err, pause); err != nil {
			return nil, err
		}
	}
}

// pauseAfter is the time until the next question after an error, which is handed on where there is none.
func pauseAfter(err error, pause time.Duration) (time.Duration, error) {
	var refused *OAuthError
	var network *NetworkError
	var malformed *ReplyError
	switch {
	case errors.As(err, &refused):
		switch refused.Code {
		case "authorization_pending":
			return pause, nil
		case "slow_down":
			return pause + deviceSlower, nil
		}
	// RFC 8628 section 3.5: a server that does not answer is asked less often.
	case errors.As(err, &network), errors.As(err, &malformed) && (malformed.Status >= 500 || malformed.Status == 429):
		return min(2*pause, deviceSlowest), nil
	}
	return 0, err
}

func readDeviceCode(body []byte) (deviceCode, error) {
	malformed := &ReplyError{Reason: "the reply has no code for the device", Status: 200}
	document, err := strict.Parse(body)
	if err != nil {
		return deviceCode{}, malformed
	}
	read := strict.Read(document)
	asked := deviceCode{interval: deviceInterval}
	code, _ := read.Text("device_code")
	asked.code = newSecret(code)
	asked.prompt.UserCode, _ = read.Text("user_code")
	asked.prompt.VerificationURI, _ = read.Text("verification_uri")
	asked.prompt.VerificationURIComplete, _ = read.Text("verification_uri_complete")
	expires, hasEnd := read.Number("expires_in")
	asked.prompt.ExpiresIn = lifetime(expires)
	if interval, has := read.Number("interval"); has {
		asked.interval = max(time.Second, lifetime(math.Ceil(interval)))
	}
	if read.Err() != nil || !hasEnd || code == "" || asked.prompt.UserCode == "" || asked.prompt.VerificationURI == "" {
		return deviceCode{}, malformed
	}
	return asked, nil
}
