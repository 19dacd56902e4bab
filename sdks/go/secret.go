package grantd

import (
	"fmt"
	"io"
	"log/slog"
)

const redactedText = "[redacted]"

// redacted is embedded in what holds secrets: it is not printed, by no verb and to no log.
type redacted struct{}

// Format prints nothing of what is inside.
func (redacted) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedText) }

// LogValue logs nothing of what is inside.
func (redacted) LogValue() slog.Value { return slog.StringValue(redactedText) }

// A secret is out of the reach of printers that follow no pointers below the first.
type secret struct{ value *string }

func newSecret(value string) secret { return secret{&value} }

func (s secret) isThere() bool { return s.value != nil }

func (s secret) reveal() string {
	if !s.isThere() {
		return ""
	}
	return *s.value
}

// Format prints nothing of it.
func (secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedText) }
