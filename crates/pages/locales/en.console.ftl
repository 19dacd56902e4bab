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
console-audit = Audit log
console-settings = Settings
console-design = Design

## Words of many pages

console-name = Name
console-state = State
console-created = Created
console-tenant = Tenant
console-any = Any
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
console-done-signed-out = Signed out everywhere.

## Pages in the place of others

console-forbidden = You may not do that
console-forbidden-more = It needs the permission { $permission }. Who runs this realm, and what each of them may do, stands in the realm’s configuration file.
console-changed = Somebody else was faster
console-changed-more = This was changed since you opened it. Nothing was saved: look at it as it is now, and try again.
console-conflict = That cannot be done now
console-bad = That makes no sense here
console-missing = Nothing here
console-missing-more = There is no such page, or what it showed is gone.
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
