// Package grantd is OAuth for programs that call an API, and for the API that they call.
//
// A [TokenManager] gets, keeps and replaces access tokens; it is an [oauth2.TokenSource], and its [TokenManager.Client] sends
// requests with them. [CodeFlow] and [DeviceFlow] log users in, [APIKey] calls an API with a key.
//
// A [Verifier] says who asks: [Verifier.Require] is middleware for net/http, [FromContext] has the [Principal] behind it.
//
// Package grantdtest has an authorization server for tests, with a clock that obeys and faults on order.
package grantd
