# What the pages of the developers’ portal say.

portal-product = Developers
portal-stranger = You cannot make applications here
portal-stranger-more = Who may is said in the realm’s configuration. You are signed in with an account that is not let in.
portal-stranger-another = Sign in with another account
portal-done-submitted = The application was submitted.
portal-done-withdrawn = The application is a draft again.
portal-done-secret = The secret ended.
portal-done-reviewed = The decision was saved. The developer reads the reason.

## Logs

portal-logs = Logs
portal-logs-lead = Requests of this application that were refused, each with its cure. The id is the one that the reply carried. They are kept for seven days, at most a thousand.
portal-logs-when = When
portal-logs-what = What happened
portal-logs-expected = Expected
portal-logs-got = Got
portal-logs-mend = How to mend it
portal-logs-request = Request id
portal-logs-where = Endpoint
portal-logs-error = Error code
portal-logs-more = and { $count } like it before
portal-logs-empty = Nothing was refused
portal-logs-empty-more = When a request of this application is refused, it stands here with what to change.

## Users

portal-users = Users
portal-users-lead = Who allowed this application something, by the names that it knows them by.
portal-users-user = User
portal-users-tenant = Tenant
portal-users-scopes = May
portal-users-since = Since
portal-users-changed = Last allowed
portal-users-empty = Nobody allowed it anything yet
portal-users-empty-more = Users appear here when they press Allow.

## Secrets

portal-secret-used = Last used
portal-secret-unused = Not since there are two
portal-secret-idle = Not used for 24 h, safe to delete
portal-secret-breaks = Whatever still uses this secret stops working at once.
portal-secret-which = The secret { $secret } ends now.
portal-secret-end = End the secret
portal-secret-end-title = End a secret of { $app }?

## The way from a draft on

portal-review = Review
portal-stage-draft = Draft
portal-stage-submitted = Submitted
portal-stage-verified = Verified
portal-stage-suspended = Suspended
portal-is-draft = A draft: only its developer and the test users can allow it anything
portal-is-submitted = Submitted: an operator looks at it before everybody can use it
portal-is-open = Submitted: everybody can use it
portal-is-verified = Verified: everybody can use it
portal-is-suspended = Suspended: nobody can use it, and its tokens open nothing
portal-note = The operator said: { $note }
portal-scopes-now = May ask for
portal-scopes-wished = Would like to ask for
portal-name-wished = Would like to be called
portal-grants-wished = Would like to get tokens by
portal-kind-wished = Would like to be of the kind
portal-auth-wished = Would like to authenticate by
portal-redirects = Redirect URIs
portal-submitted-at = Waiting since
portal-testers = Test users
portal-testers-lead = While it is a draft, these people can try it, beside you.
portal-testers-names = What they type to log in
portal-testers-hint = One on each line, at most fifty. Whether there is such a user is not said.
portal-testers-save = Save test users
portal-submit = Submit
portal-submit-title = Submit { $app }?
portal-submit-means = An operator looks at its name, its permissions and its redirect URIs. Until then these cannot be changed.
portal-submit-opens = Everybody can use it from then on.
portal-withdraw = Withdraw
portal-withdraw-title = Withdraw { $app }?
portal-withdraw-means = It is a draft again, and you can change it.
portal-decide = Decide
portal-decide-title = Decide about it
portal-decide-lead = The developer reads the reason. Everything is in the audit log.
portal-verdict = Decision
portal-approve = Approve
portal-approve-more = Everybody can use it, with what it asks for.
portal-reject = Reject
portal-reject-more = A submitted one is a draft again; a verified one stays as it is.
portal-suspend = Suspend
portal-suspend-more = Nobody can use it, and its tokens open nothing until it is reinstated.
portal-reinstate = Reinstate
portal-reinstate-more = As it was before it was suspended.
portal-reason = Reason
portal-reason-hint = Needed for a rejection and a suspension.

## Try it

portal-try = Try it
portal-try-title = Try { $app }
portal-try-lead = The real code flow with PKCE, as this application would run it, with you as the user.
portal-try-cannot = This kind of application cannot be tried here
portal-try-cannot-more = Here people log in, and the application proves itself by a secret or not at all. The snippets under Auth details fit the others.
portal-try-register = Register the address
portal-try-register-lead = The browser comes back to { $address }, which must be one of the application’s redirect URIs. You can remove it again under Settings.
portal-try-begin = Begin
portal-try-scopes = Permissions to ask for
portal-try-scopes-hint = Nothing ticked asks for the default ones.
portal-try-scopes-written = One on each line; none asks for the default ones.
portal-try-over = This attempt is over
portal-try-over-more = It was begun in another session, for another application, or too long ago. Begin again.
portal-try-refused = The request was refused
portal-try-refused-more = The logs of this application say what to change.
portal-try-redeem = Redeem the code
portal-try-redeem-lead = The code came back. Redeem it as the application would: it is good for a short while.
portal-try-secret = Client secret
portal-try-secret-hint = It is used once and not kept.
portal-try-done = It works: these are its tokens
portal-try-steps = Requests and replies, secrets shortened

## How to mend what was refused

portal-mend-redirect-uri = Register the redirect URI under Settings, exactly as the application sends it.
portal-mend-redirect-slash = Only the trailing slash differs: send the registered redirect URI, or register the other one too.
portal-mend-redirect-case = Only upper and lower case differ: redirect URIs are compared byte for byte.
portal-mend-redirect-scheme = Only the scheme differs: http and https are two redirect URIs.
portal-mend-redirect-port = Only the port differs: register it, or make the application a native one, whose loopback port is free.
portal-mend-redirect-host = Only the host differs: each host needs a redirect URI of its own.
portal-mend-redirect-query = Only the query differs: put what changes into the parameter state.
portal-mend-redirect-path = Only the path differs: send the registered one, or register this one too.
portal-mend-pkce = Send code_challenge and code_challenge_method=S256 with the authorization request, and code_verifier with the code.
portal-mend-response-type = Send response_type=code.
portal-mend-scope = Ask for what the application is permitted, or add the permission under Permissions.
portal-mend-resource = Name an API that exists here, exactly as it is written, or leave resource out.
portal-mend-disabled = The application is disabled or suspended; its first page says why.
portal-mend-grant-type = Use one of the grant types that the application is registered for.
portal-mend-client-auth = Authenticate as the application is registered, with a secret that is alive.
portal-mend-code = Redeem each code once, at once, with the redirect_uri and the code_verifier of its own request.
portal-mend-refresh-token = Keep the newest refresh token of each reply; when it is refused, send the user to authorize again.
portal-mend-not-open = Name the person as a test user, or submit the application.
portal-mend-denied = Nothing is wrong with the request: the user did not, or could not, allow it.
portal-mend-silent = Send the request again without prompt=none, so that the user sees a page.
portal-mend-limit = Wait for as long as Retry-After says, and keep tokens instead of asking anew.
portal-mend-proof = Make a new DPoP proof for each request: its method, its address, and the nonce of the last reply.
portal-mend-token = Get a new access token, for this API.
portal-mend-permission = Ask for the permission when the user authorizes; a token keeps what it was given.
portal-mend-request-object = Sign the request with a registered key, for this issuer, with a short lifetime.
portal-mend-parameter = Compare the request with the snippets under Auth Details.
