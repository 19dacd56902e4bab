# The operators' console. Its handlers choose these texts; a test beside them finds those that none does.

console-product = Console
console-group-access = Access
console-group-people = People and machines
console-group-rules = Rules and records
console-overview = Overview
console-applications = Applications
console-tokens = Access tokens
console-api-keys = API keys
console-least-privilege = Least privilege
console-users = Users
console-sessions = Sessions
console-tenants = Tenants
console-service-accounts = Service accounts
console-roles = Roles
console-permissions = Permissions
console-keys = Signing keys
console-webhooks = Webhooks
console-audit = Audit log
console-settings = Settings
console-design = Design

## Words of many pages

console-name = Name
console-state = State
console-created = Created
console-changed = Changed
console-tenant = Tenant
console-search = Search
console-enabled = Enabled
console-disabled = Disabled
console-delete = Delete
console-count-permissions = { $count ->
    [one] 1 permission
   *[other] { $count } permissions
}

## What a form did

console-done-created = Created.
console-done-saved = Saved.
console-done-deleted = Deleted.
console-done-ended = Ended. It opens nothing any more.
console-done-trimmed = Trimmed. Tokens that are live keep within what is left.
console-done-rotated = Rotated.
console-done-replayed = It is told again shortly.
console-done-signed-out = Signed out everywhere.

## Pages in the place of others

console-one-step = This console asks for a second step
console-one-step-again = You signed in with a password alone. Sign in again: with the code from your authenticator app, or with your passkey, you get in.
console-one-step-sign-in = Sign in again
console-one-step-none = You signed in with a password alone, and your account has no second step yet. Set one up, then sign in again.
console-one-step-set-up = Set up a second step
console-stranger = This account runs nothing here
console-stranger-more = The console is for those whom the realm’s configuration names as operators.
console-stranger-another = Sign in as somebody else

## Overview

console-overview-lead = The realm at { $issuer }. Times are in UTC.
console-overview-recent = What was done last
console-development = Development server
console-development-more = Its users, applications and keys are for trying things out.
console-loosened = { $count ->
    [one] One rule is looser than it should be
   *[other] { $count } rules are looser than they should be
}
console-loosened-more = The configuration says so by name. Settings has each of them with what it means.
console-figure-applications = Applications
console-figure-tokens = Live access tokens
console-figure-users = Users
console-figure-tenants = Tenants
console-figure-api-keys = Live API keys
console-figure-keys = Signing with
console-figure-keys-ready = The next keys are ready
console-figure-keys-missing = A next key is missing
console-figure-more = { $count }+
console-document-metadata = Metadata of the server
console-document-api = Admin API as OpenAPI

## Applications

console-app-lead = Programs that ask for tokens here: yours, and those of others.
console-app-new = New application
console-app-kind = Kind
console-app-origin = Comes from
console-app-permissions = May ask for
console-app-empty = No applications yet
console-app-empty-more = An application is a program that asks for tokens: a web app, a command-line tool, a nightly job.
console-kind-web = Web app
console-kind-spa = Single-page app
console-kind-native = Native app
console-kind-machine = Machine
console-kind-service = Service account
console-kind-other = Other
console-origin-console = An operator
console-origin-portal = A developer
console-origin-dynamic = Registered itself
console-origin-document = Its own document

## Audit log

console-audit-action = What
console-audit-target = To what
console-audit-actor = By whom
console-audit-address = From
console-audit-at = When
console-audit-empty = Nothing was done yet
console-audit-empty-more = Every change an operator, a program or the command line makes leaves a line here.

## Design

console-design-lead = Every piece of these pages, with the samples that the tests look at. It is here in development only.

## Words of the console's pages

console-create = Create
console-save = Save
console-rotate = Rotate
console-disable = Disable
console-enable = Enable
console-rename = Rename
console-rename-title = Another name for { $name }
console-ends = Ends
console-yes = Yes
console-no = No
console-issuer = Issuer
console-authorize = Authorization endpoint
console-token-endpoint = Token endpoint
console-application = Application
console-user = User
console-role = Role
console-group = Group
console-permission = Permission
console-grants = What the user allowed
console-members = Members
console-filter-user = User (name or id)
console-filter-user-id = User id
console-filter-application-id = Application id
console-choose = Choose a tenant
console-no-tenant = No tenant
console-tenant-many = There are many: write its id. Part of a name or an id brings suggestions once it is sent.
console-tenant-by-id = Write its id.

## One application

console-app-auth = Auth details
console-app-method = Proves itself by
console-app-grants = Grant types
console-app-redirects = Redirect URIs
console-app-redirects-hint = One on each line. They are compared byte for byte, so a slash at the end matters. A machine needs none.
console-app-logout = Addresses after logout
console-app-logout-hint = Where the browser may return to when the user signs out. One on each line.
console-app-name-hint = What people read when they are asked to allow it.
console-app-lifetime = Lifetime of access tokens, in seconds
console-app-lifetime-hint = Empty: as long as the realm says.
console-app-disabled-means = It gets no tokens, and those it has open nothing until it is enabled again.
console-app-new-lead = Choose what it is: the rest follows, and can be changed later. It starts without permissions.
console-app-next = Choose its permissions
console-app-next-title = What comes next
console-app-next-more = It is registered. Give it the permissions it needs: no more, since users are asked about each.
console-app-delete-title = Delete { $app }?
console-app-delete-breaks = { $app } stops working at once, everywhere.
console-app-delete-tokens = Live access tokens that end: { $count }
console-app-delete-grants = Grants of users that end: { $count }
console-app-delete-id = Its id never comes back: to have it again, register it anew and change its configuration.
console-kind-mcp = MCP client
console-kind-web-why = Runs on a server of yours, which can keep a secret. People log in; codes are redeemed with the secret and PKCE.
console-kind-spa-why = Runs in the browser, where everybody can read it: no secret, PKCE alone. Refresh tokens rotate.
console-kind-native-why = Installed on devices: no secret, PKCE, and a redirect to the app itself or to this computer.
console-kind-machine-why = Acts for itself and nobody logs in: a nightly job, a backend. Client credentials with a secret.
console-kind-mcp-why = An AI tool that speaks the Model Context Protocol: as a native app, with a redirect to this computer.
console-secret = Client secret
console-secrets = Client secrets
console-secret-once = Copy it now. It is shown this once and kept as a hash only; later you see its last four characters.
console-secret-live = No end set
console-secret-empty = No secret is alive
console-secret-empty-more = Rotate to make one.
console-secret-rotate = New secret
console-secret-rotate-title = A new secret for { $app }
console-secret-rotate-lead = The new one works at once. The old one keeps working for a while, so that nothing breaks while you replace it.
console-keep = When does the old secret end?
console-keep-hour = In an hour
console-keep-day = In 24 hours
console-keep-week = In 7 days
console-keep-none = Now
console-keep-none-more = Whatever still uses it is refused from now on. Right when it has leaked.
console-snippets = Code to begin with
console-permissions-hint = What it may ask for at most. Users, and the roles of users, can make it less.
console-permissions-beside = What it has besides these
console-permissions-user = About the user
console-permissions-everything = Everything at once
console-pattern = Everything that begins with { $prefix }, also what is added later
console-pattern-all = Everything of the platform, also what is added later
console-about-openid = Know who the user is
console-about-profile = See their name and picture
console-about-email = See their email address
console-about-address = See their postal address
console-about-phone = See their phone number
console-about-offline = Stay connected when the user is not signed in
console-scopes-ticked = No more than it needs. A line with a star covers what is added later, too.
console-scopes-written = One on each line; a pattern such as invoices:* covers several.
console-usage-used = Used { $count } times
console-usage-unused = Not used
console-usage-none = Unknown: no API reported its use
console-usage-unknown = Nobody reports what is used
console-usage-unknown-more = The APIs say nothing about uses of this application, so nothing is called unused. They report through introspection or the gate.
console-usage-droppable = Permissions not used for 30 days: { $count }
console-usage-droppable-more = As far as its APIs report. What is not needed cannot be misused.
console-trim = Drop unused permissions
console-trim-title = Drop what { $app } does not use?
console-trim-lead = It has { $count } now. Patterns become the list of what is left.
console-trim-breaks = It can no longer ask for these, { $count } in all; requests that name one are refused:

## Access tokens

console-tokens-lead = Every token that was issued and not yet purged. Their values are nowhere, so nobody can copy one here.
console-token = Token
console-token-user = Acts for
console-token-live = Live
console-token-ended = Ended
console-token-expired = Expired
console-token-empty = No access tokens
console-token-empty-more = Tokens appear here when applications get them, or when somebody makes one by hand.
console-token-end = End it
console-token-end-title = End this access token?
console-token-end-breaks = { $app } is refused at once wherever it uses this token.
console-token-end-others = A refresh token, if there is one, goes on. To stop that, end the grant or the application.
console-token-new = Make a token by hand
console-token-new-title = A token for { $app }
console-token-new-lead = For scripts and tests. It permits what the application, the user’s role and you permit.
console-token-name-hint = So that you know later what it was for.
console-token-user-hint = The name that this user logs in with.
console-token-days = Days until it ends
console-days-wrong = Write a whole number of days, from 1 to { $most }.
console-token-tenant-hint = The user needs a role there.
console-token-value = Access token
console-token-once = Copy it now. It is shown this once.

## API keys

console-api-keys-lead = Keys of the platform’s API, each in one tenant. Their values were shown once, when they were made.
console-api-key = Key
console-api-key-active = Active
console-api-key-revoked = Ended
console-api-key-expired = Expired
console-api-key-used = Last used
console-api-key-empty = No API keys
console-api-key-empty-more = An API key lets a script call the platform’s API without asking for tokens. They are made here, by the admin API, or on the command line.
console-api-key-end-title = End the key { $name }?
console-api-key-end-breaks = Whatever uses it is refused at once. It cannot be enabled again.

## Least privilege

console-least-lead = What each application could do without, as far as its APIs report uses.
console-least-use = Use
console-least-unknown = Unknown
console-least-fits = Uses what it has
console-least-unused = Not used: { $count }

## Users

console-users-lead = People who log in here.
console-user-new = New user
console-user-exact = User name, exactly
console-user-begins = User name, or how it begins
console-user-password = Password
console-user-name-hint = What they type to log in: a mail address, for most.
console-user-password-hint = At least 8 characters. Tell them on another way than by mail.
console-user-set-password = Set a password
console-user-set-password-title = Set a password for { $user }
console-user-set-password-breaks = The old one stops working at once. Every session and refresh token of theirs ends.
console-user-empty = No users yet
console-user-empty-more = Users are made here, by the admin API, or taken over by an import.
console-user-places = Tenants and roles
console-user-places-empty = In no tenant
console-user-places-empty-more = Applications can act for this user alone.
console-user-delete-title = Delete { $user }?
console-user-delete-breaks = Sessions, grants, tokens and roles of this user end at once and do not come back.
console-user-second-step = Take the second step away
console-user-second-step-title = Take { $user }’s second step away?
console-user-second-step-breaks = The password alone will do then, until they set it up again. Every session and refresh token of theirs ends.
console-done-second-step = Taken away. The password alone does now.
console-user-passkeys = Remove all passkeys
console-user-passkeys-title = Remove all passkeys of { $user }?
console-user-passkeys-breaks = They can no longer sign in with any of them. Without a password they cannot sign in at all until you set one. Every session and refresh token of theirs ends.
console-done-passkeys = Passkeys removed.
console-user-disable-title = Disable { $user }?
console-user-disable-breaks = They are logged out everywhere; nothing that acts for them works until they are enabled again.
console-user-enable-title = Enable { $user }?
console-user-enable-breaks = They can log in again with the password they had.
console-sign-out-all = Sign out everywhere
console-sign-out-all-title = Sign { $user } out everywhere?
console-sign-out-all-breaks = Every browser has to log in again, and refresh tokens end. What applications hold now ends with its own lifetime.
console-grant-empty = Nothing is allowed
console-grant-empty-more = When somebody allows an application something, it appears here.

## Sessions

console-sessions-lead = Where somebody is logged in. Find them by the name that they log in with.
console-session-browser = Browser
console-session-place = Place
console-session-since = Logged in
console-session-unknown = Unknown
console-session-empty = Not logged in anywhere
console-session-empty-more = Sessions appear here with the browser and the address they came from.
console-session-find = Whose sessions?
console-session-find-more = Type a user name above.
console-session-nobody = Nobody has this name
console-session-nobody-more = Names are compared in lower case and as a whole.

## Tenants

console-tenants-lead = The companies and accounts on whose behalf tokens act.
console-tenant-new = New tenant
console-tenant-id = Id
console-tenant-id-hint = What tokens say. It can never be changed.
console-tenant-empty = No tenants
console-tenant-empty-more = A tenant is a customer of your platform: users have a role in each.
console-tenant-delete-title = Delete { $tenant }?
console-tenant-delete-breaks = Only a tenant without members and service accounts can be deleted. Its API keys and tokens end at once and do not come back.
console-tenant-disable-title = Disable { $tenant }?
console-tenant-disable-breaks = Nothing can act in it until it is enabled again.
console-tenant-enable-title = Enable { $tenant }?
console-tenant-enable-breaks = What acted in it before can act again, as far as it has not ended.
console-member-empty = No members
console-member-empty-more = Add somebody by the name that they log in with.
console-accounts-lead = Machines with a role in a tenant. Choose the tenant.
console-accounts-of = Service accounts of { $tenant }
console-account-empty = No service accounts
console-account-empty-more = A service account is a machine that acts in this tenant with a role.

## Rules

console-permissions-lead = Everything that can be asked for, in the words that users read.
console-permission-lets = Lets an application
console-permission-empty = No permissions
console-permission-empty-more = Permissions are written in the realm’s file, as [[permissions]].
console-risk = Risk
console-risk-read = Read
console-risk-change = Change
console-risk-delete = Delete
console-risk-money = Move money
console-risk-admin = Admin
console-settings-lead = What { $file } says, key by key. It is read here and changed in the file. Secrets are left out.
console-setting = Setting
console-setting-value = Value
console-setting-from = Written at
console-setting-line = Line { $line }
console-setting-default = Default
console-setting-empty = No settings
console-setting-empty-more = The realm’s file says nothing.

## Signing keys

console-keys-lead = Keys that sign tokens. The next one is published before it signs, so that every verifier knows it in time.
console-key = Key id
console-key-algorithm = Algorithm
console-key-active = Signs
console-key-next = Next
console-key-retired = Retired
console-key-since = Since
console-key-removed = Removed
console-key-empty = No signing keys
console-key-empty-more = The server makes them when it starts.
console-key-rotate = Rotate { $algorithm }
console-key-rotate-title = Rotate the { $algorithm } key?
console-key-rotate-breaks = New tokens are signed with the next key from now on. Verifiers that keep keys without asking again refuse them.
console-key-rotate-old = Tokens that are signed already stay good: the old key stays published until the last of them has expired.

## Audit log, more of it

console-audit-lead = Who did what, from where, and what was before and after. Lines are never changed.
console-audit-changes = Before and after
console-audit-export = Export as JSON lines
console-audit-filter-action = What, as client.*
console-audit-filter-target = To what, as client:ID
console-audit-filter-actor = By whom, exactly

## Lists of the whole realm

console-registrations = Registrations
console-registrations-lead = Applications that registered themselves, by name. One that registers anew on every computer is one line.
console-registration-count = Registrations
console-registration-first = First
console-registration-last = Last
console-registration-empty = Nothing registered itself
console-registration-empty-more = Where the realm allows it, AI tools and others register on their own and appear here.
console-all-grants = Grants
console-grants-lead = What users allowed applications. Choose one to see all of it, or to end it.
console-grant-end-title = End what { $app } may do?
console-grant-end-breaks = Its access and refresh tokens of this user end at once.
console-grant-end-again = It can ask the user again.
console-findings = Findings
console-findings-lead = What applications would break if the rules were enforced that this realm only tries out.
console-finding-rule = Rule
console-finding-count = Times
console-finding-first = First
console-finding-last = Last
console-finding-empty = Nothing would break
console-finding-empty-more = When a request would be refused by a rule that is only tried out, it is counted here.
console-done-session-ended = Signed out there.
console-session-end-title = Sign { $user } out there?
console-session-end-breaks = This browser has to log in again. What applications hold goes on.

## Members, machines and keys of a tenant

console-done-added = Added.
console-done-removed = Removed.
console-member-add = Add a member
console-member-add-lead = Somebody who has an account here already.
console-member-name-hint = The name that they log in with.
console-member-role-hint = It permits no more than you may yourself.
console-member-change-lead = With a role that permits less, tokens that were made by hand end.
console-member-remove = Remove
console-member-remove-title = Remove { $user } from { $tenant }?
console-member-remove-breaks = What applications may do for them in this tenant ends at once.
console-member-remove-keeps = Their account stays, and so do their other tenants.
console-account-new = New service account
console-account-new-lead = A machine that acts in this tenant with a role.
console-account-name-hint = What it is for.
console-account-scopes-hint = Nothing ticked: everything that its role permits.
console-account-scopes-written = One on each line. Empty: everything that its role permits.
console-account-scopes-change = What it may ask for at most; its role is a bound, too. Nothing ticked: nothing.
console-account-delete-breaks = { $app } gets no tokens any more, and those it has end at once.
console-api-key-new = New API key
console-api-key-new-lead = For a script that calls the platform’s API. It permits no more than you may yourself.
console-api-key-days-hint = Empty: until somebody ends it.
console-api-key-tenant-hint = The tenant whose data it reaches.
console-tenant-choose = Choose a tenant
console-tenant-choose-lead = You look after several. What you do belongs to the one that you choose.

## More of the overview and the audit log

console-audit-export-csv = Export as CSV
console-chart-issued = Access tokens issued, by hour
console-chart-issued-more = { $count } in the last 24 hours.
console-chart-issued-newest = The newest { $count } are counted.
console-chart-clients = Who gets most of them
console-chart-none = None in the last 24 hours
console-chart-refused = Requests refused, by hour
console-chart-reasons = What they were refused for

## Mail of a development server

console-mail = Mail
console-mail-lead = This server is for development: what it would send is kept here, as long as it runs.
console-mail-subject = Subject
console-mail-to = To
console-mail-text = Text
console-mail-empty = No mail
console-mail-empty-more = Ask for a new password at the login, and the letter is here.
## Applications of others in a tenant

console-third = Third-party apps
console-third-lead = Which applications of others members may use here. The platform’s own need nobody’s word.
console-third-all-lead = What tenants decided about applications of others, and what they are asked to decide.
console-third-policy = New applications
console-third-policy-change = Change the rule
console-third-open = Members decide
console-third-open-hint = They can allow any application something, unless it is blocked.
console-third-approval = Wait for approval
console-third-approval-hint = A member asks, and an administrator allows it first. What is in use already goes on.
console-third-waiting = Waiting
console-third-allowed = Allowed
console-third-blocked = Blocked
console-third-undecided = Not decided
console-third-asked-by = Asked by
console-third-asked = Asked
console-third-decided = Decided
console-third-in-use = In use, not decided
console-third-in-use-lead = Members allowed these something. They go on until somebody blocks them.
console-third-empty = Nothing is decided
console-third-empty-more = When a member asks for an application, or somebody allows or blocks one, it appears here.
console-third-allow = Allow
console-third-block = Block
console-third-forget = Take back
console-third-allow-title = Allow { $app } in { $tenant }?
console-third-allow-means = Members can let it do what they may do themselves.
console-third-block-title = Block { $app } in { $tenant }?
console-third-block-breaks = What members allowed it in this tenant ends at once, with its tokens.
console-third-block-again = Allowing it again does not bring that back: each member is asked anew.
console-third-forget-title = Take back what { $tenant } decided about { $app }?
console-third-forget-means = The rule for new applications holds again. A blocked application can be used again where members decide.
console-links = Other providers
console-link-provider = Provider
console-link-person = Known there as
console-link-since = Linked
console-link-used = Last login
console-link-empty = Comes from no other provider
console-link-empty-more = This user logs in here alone, until they are linked to somebody at a provider.
console-link-remove = Remove the link
console-link-remove-title = Remove the link of { $user } to { $provider }?
console-link-remove-breaks = Nobody comes in from there as this user any more. Without a password or a passkey they cannot log in at all. Every session and refresh token of theirs ends. Where providers may link people by their mail address, the next login there links them again.
console-unused-title = Unused registrations
console-unused-lead = { $count ->
    [one] Not heard of for a day, and nobody uses them: no grant, no token.
   *[other] Not heard of for { $count } days, and nobody uses them: no grant, no token.
}
console-unused-days = { $count ->
    [one] More than a day
   *[other] More than { $count } days
}
console-unused-next = Look further
console-unused-count = { $count ->
    [one] One registration is listed.
   *[other] { $count } registrations are listed.
}
console-unused-breaks = What is ticked goes, unless it is used in this instant. A program whose registration is gone has to register again; most do so by themselves.
console-unused-which = Registrations
console-unused-submit = Expire what is ticked
console-unused-none = None here
console-unused-none-more = Every registration that was looked at is in use, or was heard of since.
console-done-expired = What was still unused is gone.
