# English: the reference. Every key here exists in every other language, and every key is used by a page.
# Names are put in by the page, in elements of their own; texts have no markup.

foot-secured = Secured by grantd for { $realm }
title-error = Error:
form-expired = This page was open for too long
form-expired-more = Nothing is lost: please try once more.

## Sign in

login-title = Sign in
login-lead = to { $realm }
login-lead-client = to continue to { $app }
login-again-title = Confirm it’s you
login-again-lead = This step needs a fresh sign-in. Please enter your password again.
login-again-submit = Confirm
login-goes-on-lead = Your session ended in the middle of something. Nothing was done yet: sign in, and go on where you were.
login-username = Email or username
login-password = Password
login-show-password = Show password
login-otp = One-time code
login-otp-hint = The code from your authenticator app.
login-submit = Sign in
login-error-credentials = That did not match
login-error-credentials-more = Check the name, the password and, if one was asked for, the one-time code.
login-error-back = Go to the form
login-error-attempts = Too many tries
login-retry-seconds = { $count ->
    [one] Please wait one second, then try again.
   *[other] Please wait { $count } seconds, then try again.
}
login-retry-minutes = { $count ->
    [one] Please wait a minute, then try again.
   *[other] Please wait { $count } minutes, then try again.
}

## Consent

consent-page-title = Allow { $app }?
consent-title = { $app } wants to act for { $tenant }
consent-title-self = { $app } wants to act for you
consent-title-choose = { $app } wants to act for one of your accounts
consent-signed-in = Signed in as { $user }
consent-not-you = Not you?
consent-tenant = Which account should it act for?
consent-error-tenant-missing = Choose an account first
consent-error-tenant-unknown = You no longer have access to that account. Choose another one.
consent-error-tenant-go = Go to the accounts
consent-permissions = It will be able to
consent-permissions-new = New: it will also be able to
consent-permissions-none = Nothing beyond knowing that you allowed it.
consent-earlier = Already allowed earlier
consent-identity = About you
consent-details = Exactly this
detail-yes = Yes
detail-no = No
consent-duration = For how long?
consent-allow = Allow
consent-deny = Deny
consent-take-back = You can take this back at any time:
consent-connected-apps = connected apps
consent-take-back-at = You can take this back at any time in your account at { $realm }.

trust-verified = Verified publisher
trust-verified-more = { $realm } has checked that this app belongs to { $domain }.
trust-registered = Registered by a developer
trust-registered-more = A developer registered this app with { $realm }. Nobody has checked it.
trust-unverified = Not verified
trust-unverified-host = It calls itself { $name } and comes from { $host }. Nobody has checked either. Allow it only if you started this yourself.
trust-unverified-more = It calls itself { $name }. Nobody has checked that. Allow it only if you started this yourself.

target-label = Sends your answer to
target-loopback = A program on this computer
target-loopback-warning = Any program on this computer can pose as this app. Go on only if you just started it.
target-app = An app on this device that opens
target-device = The device that showed you the code

permission-count = { $count ->
    [one] 1 permission
   *[other] { $count } permissions
}
permission-optional = Optional
permission-search = Search the permissions
reach-group = Everything in { $resource }
reach-everything = Everything at { $realm }
reach-everything-title = Full access
reach-warning = Including permissions added later:
reach-today = Today that is:

risk-read = Read
risk-change = Change
risk-delete = Delete
risk-money = Move money
risk-admin = Admin
risk-count-delete = { $count } × delete
risk-count-money = { $count } × move money
risk-count-admin = { $count } × admin

identity-openid = Know who you are
identity-profile = See your name and picture
identity-email = See your email address
identity-address = See your postal address
identity-phone = See your phone number
identity-offline_access = Stay connected when you are not signed in

duration-until_removed = Until I remove it
duration-30_days = 30 days
duration-session = This session

## On the way back

carry-title-approved = Access allowed
carry-title-denied = Access denied
carry-title-error = That did not work
carry-title-onward = One moment
carry-lead = Taking you back to { $app }…
carry-lead-onward = Taking you on to { $app }…
carry-leads-to = Leads to
carry-continue = Continue

interstitial-title = This app’s request did not work
interstitial-lead = An app that calls itself { $app } sent you to { $realm } with a request that cannot be carried out. You have not been signed in and nothing was allowed.
interstitial-unverified = Anybody can register an app under any name. Nobody has checked this one.
interstitial-leads-to = Going on leads to
interstitial-advice = If you did not start this yourself, close this window.
interstitial-go = Go on anyway

barred-title-asked = Your request was sent
barred-lead-asked = An administrator of { $tenant } decides whether { $app } may be used there. Try again once they have allowed it.
barred-title-waiting = This app waits for approval
barred-lead-waiting = An administrator of { $tenant } was asked for { $app } and has not answered yet. Try again once they have allowed it.
barred-title-full = This app needs approval
barred-lead-full = Too many requests wait at { $tenant } already. Ask an administrator there to allow { $app }.
barred-title-blocked = This app is blocked
barred-lead-blocked = An administrator of { $tenant } does not allow { $app } to be used there. Nothing was allowed.
barred-back = Back to the app

## Errors

error-details = Details for support
error-code = Error code
error-detail = Detail
error-status = Status
error-request-id = Request id
error-request-title = This link does not work
error-request = The app sent a request that cannot be carried out. It is nothing you did: go back to the app and try again, and tell its developer if it keeps happening.
error-client-title = This app is not known here
error-client = The app that sent you here is not registered, or may not sign people in. Go back to it, or ask whoever gave you the link.
error-redirect-title = The way back is not registered
error-redirect = The app asked to send you to an address that is not registered for it. To keep you safe, you stay here.
error-denied-title = Access denied
error-denied = This account may not do that. Ask an administrator if you think it should.
error-sign-in-title = Please sign in first
error-sign-in = You need to sign in before this can go on. Go back to the app and start again.
error-expired-title = This page has expired
error-expired = It was open for too long, or was already used. Go back to the app and start again.
error-moved-title = The app moved while this page was open
error-moved = Since you opened the page, the app has changed the address that it gets your answer at. Your answer was not used, and nothing was allowed. To go on, go back to the app and start again: you are then shown the new address.
error-forged-title = This form came from elsewhere
error-forged = Your answer did not come from our own page, so it was not used. Go back to the app and start again.
error-busy-title = Too busy right now
error-busy = There are too many requests at the moment. Please wait a little and try again.
error-missing-title = Nothing here
error-missing = There is no page at this address.
error-fault-title = Something went wrong on our side
error-fault = We could not finish this. Please try again in a moment; if it keeps happening, tell support the request id below.
error-elsewhere-title = That sign-in did not work
error-elsewhere = The other provider could not be reached, or did not answer as it should, so nobody was signed in. Try again, or sign in another way.
error-elsewhere-refused-title = You did not sign in there
error-elsewhere-refused = The sign-in at the other provider was cancelled or refused, so nobody was signed in here. Try again, or sign in another way.
error-elsewhere-unknown-title = There is no account here for that sign-in
error-elsewhere-unknown = The other provider knows you, but here nobody may sign in with that account. Sign in another way, or ask whoever runs this service to let you in.
error-elsewhere-stale-title = That sign-in is too old
error-elsewhere-stale = What you are about to do needs a sign-in from just now, and the other provider did not confirm one. Try again, or sign in another way.
error-try-again = Back to sign-in
error-unknown-title = That did not work
error-unknown = The request could not be carried out. Go back to where you came from and try again.

## Signing out

signed-out-title = You are signed out
signed-out-lead = You can close this window.
signed-out-frame = Signing you out elsewhere
logout-title = Sign out?
logout-lead = You are signed in as { $user }.
logout-lead-client = { $app } asks to sign you out. You are signed in as { $user }.
logout-submit = Sign out
logout-stay = Stay signed in

## Device

device-title = Connect a device
device-lead = Enter the code that your device shows.
device-code = Code
device-warning = Enter a code only if you see it on a device in front of you. Never enter one that somebody sent you.
device-check = Compare the code
device-check-code = Your device must be in front of you and show { $code }.
device-check-warning = If somebody sent you this code or the link, deny: they would get access to your account.
device-submit = Continue
device-approved = Device connected
device-approved-more = Go back to your device; it continues by itself.
device-denied = Device not connected
device-denied-more = Nothing was allowed. You can close this window.
device-error-wrong_code = That code is not valid
device-error-wrong_code-more = It may have a typing error, or it has expired. Your device can show a new one.
device-error-too_many_attempts = Too many tries
device-error-too_many_attempts-more = Please wait a few minutes, then ask your device for a new code.
device-error-back = Go to the code

## Root of an issuer

home-title = grantd is running
home-running = Running
home-lead = This is the authorization server of { $realm }.
home-issuer = Issuer
home-metadata = Metadata
home-development = Development server
home-development-more = Its users, clients and keys are for trying things out. Do not put it on the internet.
home-console = Open the console
home-account = Your account: connected apps, password, where you are signed in
home-developers = For developers: register an application, and see why a request was refused

## Pages for somebody who is signed in

frame-skip = Skip to the content
frame-menu = Menu
frame-tabs = Parts of this object
frame-copy = Copy
frame-copied = Copied
frame-download = Download { $file }
frame-before = Before
frame-after = After
frame-filter = Filter
frame-clear = Clear the filters
frame-no-hit = Nothing matches
frame-no-hit-more = There is nothing like what you asked for. Ask for something else, or for everything.
frame-no-hit-next = Nothing among those that were looked through. There are more: go on to the next page.
frame-pages = Pages of the list
frame-sort = Sort by
frame-sorted-ascending = (ascending)
frame-sorted-descending = (descending)
frame-first = First page
frame-next = Next page
frame-cancel = Cancel
frame-optional = Optional
frame-chosen = { $chosen } of { $count }
frame-picture = Consent page
frame-picture-title = The consent page as your users will read it
frame-picture-hint = As your users will read it. Nothing is saved by looking.
frame-picture-show = Show what is ticked
frame-close = Close
frame-covered = Comes with { $pattern }
frame-errors = { $count ->
    [one] There is a mistake
   *[other] There are { $count } mistakes
}

## A user's own pages

account-title = Your account
account-page-overview = Overview
account-page-apps = Connected apps
account-page-sessions = Sign-ins
account-page-password = Password
account-apps-count = { $count ->
    [0] No app has access
    [one] 1 app has access
   *[other] { $count } apps have access
}
account-sessions-count = { $count ->
    [one] In one place
   *[other] In { $count } places
}
account-sessions-more = or more
account-password-changed = Last changed on
account-password-none = You have no password here.

account-done-app_narrowed = Saved. The app may do only what is still ticked.
account-done-app_ended = Access removed. The app can do nothing for you any more.
account-done-session_ended = Signed out there.
account-done-password_changed = Password changed. You were signed out everywhere else.

account-error-nothing_ticked = Nothing is ticked
account-error-nothing_ticked-more = To take everything away, use the button that removes the access.
account-error-too_many_tokens = This app holds too many keys to change each of them
account-error-too_many_tokens-more = Remove its access instead; it can ask you again.
account-error-wrong_password = That is not your password
account-error-wrong_password-more = Your password was not changed.
account-error-password_short = The new password is too short
account-error-password_short-more = Longer is better: a few words that only you put together.
account-error-password_long = The new password is too long
account-error-password_long-more = It may have at most 1024 bytes; letters beyond plain English ones take several each.
account-error-password_known = The new password is not new
account-error-password_known-more = Choose one that is neither your old password nor your name.
account-error-passwords_differ = The new password was not the same both times
account-error-passwords_differ-more = Please type it again.

apps-lead = These apps may act for you at { $realm }. You can take any of it back.
apps-none = No app has access
apps-none-more = When you allow an app something, it appears here.
apps-for-tenant = For { $tenant }
apps-for-you = For you alone
app-page-title = Access of { $app }
app-allowed-at = allowed
app-used-at = last used
app-acts-for = Acts for
app-who = Who it is
app-allowed = Allowed on
app-last-done = Last used
app-last-done-more = and { $count } more
app-last-used = Last got access
app-last-used-unknown = Not lately
app-ends = Ends
app-ends-with-session = When you sign out
app-permissions = It may
app-permissions-more = Take a tick away to take that back. Some of the app may stop working, and it may ask you again.
app-narrow = Save
app-end-title = Remove the access of { $app }
app-end-more = It stops at once: whatever it holds for you here becomes worthless. What it copied before stays with it.
app-end = Remove access

sessions-title = Where you’re signed in
sessions-lead = Browsers in which you are signed in here. Sign out wherever it is not you.
session-on = { $browser } on { $system }
session-unknown = An unknown device
session-here = This browser
session-address = Address
session-since = signed in
session-end = Sign out
sessions-more = There are more than are shown here.
sessions-all-title = Sign out everywhere
sessions-all-more = Every browser, this one too. Apps that stay connected in the background lose that and have to ask you again.
sessions-all = Sign out everywhere

password-title = Change your password
password-lead = Everywhere else you will be signed out, and connected apps have to connect again.
password-old = Current password
password-new = New password
password-hint = At least { $count } characters.
password-again = New password, again
password-submit = Change password

paging = Pages
paging-back = Back
paging-on = More

moment = { $day } { $month } { $year }, { $time } UTC
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

## Second step

otp-title = One more step
otp-lead = Enter the code for { $user }.
otp-error = That code is not right
otp-error-more = A code is good once and for about a minute. Wait for the next one if it was just used.
otp-lost = Lost your phone? Enter one of your recovery codes instead.

account-page-two_step = Two-step sign-in
account-two-step-none = Off. Anybody who knows your password can sign in.
account-done-two_step_off = Two-step sign-in is off.
account-error-wrong_code = That code is not right
account-error-wrong_code-more = Enter the code that your app shows right now. If it keeps failing, check the clock of your phone.
two-step-title = Two-step sign-in
two-step-lead = After your password you enter a code from an app on your phone. Whoever learns your password alone cannot sign in.
two-step-begin = Set up
two-step-scan = Scan this with an authenticator app, then enter the code that it shows.
two-step-picture = Picture for an authenticator app; the key below says the same
two-step-secret = Or type this key
two-step-code = Code from the app
two-step-confirm = Turn on
two-step-on = On since
two-step-codes-title = Recovery codes
two-step-codes-lead = Two-step sign-in is on. Keep these recovery codes where only you find them; they are shown this once.
two-step-codes-more = Each of them signs you in once when you do not have your phone.
two-step-codes-kept = I have kept them
two-step-codes-left = { $count ->
    [0] None is left. Make new ones.
    [one] One is left. Make new ones.
   *[other] { $count } are left.
}
two-step-codes-new = Make new codes
two-step-off-title = Turn off
two-step-off-more = Your password alone will do then. The app’s key and the recovery codes become worthless.
two-step-off = Turn off

## Forgotten passwords

login-forgot = Forgot your password?
login-or = or
login-with = Sign in with { $provider }
reset-title = Reset your password
reset-lead = We send a link to your mail address. With it you choose a new password.
reset-submit = Send the link
reset-sent = If there is an account of that name with a mail address, a link is on its way.
reset-sent-more = It works once, within 30 minutes. Look among unwanted mail, too.
reset-wait = Please wait a while, then try again.
reset-choose = Choose a new password for { $user }. You will be signed out everywhere.
reset-over = This link was used already, or is too old.
reset-again = Get a new link
reset-done = Your password is changed. You were signed out everywhere.
letter-reset-subject = Reset your password at { $realm }
letter-reset-lead = Somebody, hopefully you, asked for a new password for { $user } at { $realm }. Follow this link to choose one:
letter-reset-once = The link works once, within 30 minutes.
letter-reset-other = If it was not you, do nothing: your password stays as it is.

## Passkeys

login-passkey = Sign in with a passkey
login-passkey-unused = No passkey was used. Try again, or use your password.
login-error-passkey = That passkey did not work
login-error-passkey-more = Try again, or use your password.
account-page-passkeys = Passkeys
account-passkeys-count = { $count ->
    [0] None. With one you sign in without a password.
    [one] One passkey
   *[other] { $count } passkeys
}
account-done-passkey_added = Passkey added. You can sign in with it from now on.
account-done-passkey_renamed = Saved.
account-done-passkey_removed = Passkey removed. Nobody can sign in with it any more.
account-error-bad_passkey = The passkey was not added
account-error-bad_passkey-more = What came from your device does not fit this page. Please try again.
account-error-passkey_known = This passkey is there already
account-error-passkey_known-more = This device already has a passkey for your account.
account-error-passkeys_full = There are too many passkeys
account-error-passkeys_full-more = You have as many passkeys as there may be. Remove one to add another.
account-error-passkey_name = That name cannot be used
account-error-passkey_name-more = Use a short name with ordinary characters.
account-error-last_way_in = This passkey has to stay
account-error-last_way_in-more = You have no password. Without this passkey you could not sign in. Add another one first.
account-error-logged_in = You had to sign in again
account-error-logged_in-more = Nothing was done yet. What you filled in is here again, but for passwords and codes: look at it, and send it once more.
factors-elsewhere = You sign in with the platform’s own app. What beside a password proves you is set up there, not here.
passkeys-title = Passkeys
passkeys-lead = With a passkey you sign in by fingerprint, face or PIN of your device, without a password or a code. It works on this site alone, and cannot be given away by mistake.
passkeys-none = You have no passkey yet.
passkeys-synced = Can be synchronised between your devices.
passkeys-here = On one device.
passkeys-since = Added
passkeys-used = Last used
passkeys-unused = Never used.
passkeys-rename = Rename
passkeys-rename-submit = Save
passkeys-remove = Remove
passkeys-confirm = Confirm it’s you
passkeys-confirm-more = To add, rename or remove passkeys you have to sign in again first.
passkeys-add-title = Another passkey
passkeys-needs-script = Adding a passkey needs JavaScript and a browser that knows passkeys.
passkeys-name = Name
passkeys-name-first = My passkey
passkeys-add = Add a passkey
passkeys-not-added = No passkey was made. You can try again.
passkeys-unavailable = Passkeys cannot be added at this address.

## Other providers

account-page-providers = Sign-in providers
account-providers-count = { $count ->
    [0] None
    [one] One provider
   *[other] { $count } providers
}
account-done-link_removed = Removed. Nobody signs in to your account from there any more.
account-error-last_link = This provider has to stay
account-error-last_link-more = You have no password and no passkey. Without this provider you could not sign in. Add a passkey first.
providers-title = Sign-in providers
providers-lead = Where else you can sign in to get into this account.
providers-none = You sign in to this account here alone.
providers-since = Linked
providers-used = Last used
providers-unused = Never used.
providers-gone = No longer offered here.
providers-remove = Remove
providers-ends = When you remove one, you are signed out in every other browser, and apps that stay connected in the background have to ask you again.
providers-confirm-more = To remove a provider you have to sign in again first.
