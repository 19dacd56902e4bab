# What pages of every area say: the console, and others like it.

area-any = Any
area-forbidden = You may not do that
area-forbidden-more = It needs the permission { $permission }. Who runs this realm, and what each of them may do, stands in the realm’s configuration file.
area-changed = Somebody else was faster
area-changed-more = This was changed since you opened it. Nothing was saved: look at it as it is now, and try again.
area-late = This page was open for too long, so nothing was done.
area-logged-in = You had to sign in again in the middle, so nothing was done yet.
area-filled-in = What you filled in is here again: look at it, and send it once more. Passwords and codes are not kept.
area-conflict = That cannot be done now
area-bad = That makes no sense here
area-missing = Nothing here
area-missing-more = There is no such page, or what it showed is gone.

## Where an address is

area-place-city = { $city }, { $country }
area-place-here = the computer that this server runs on
area-place-private = a private network

## What is wrong with a value

area-wrong-empty = Write something here.
area-wrong-long = That is too long.
area-wrong-taken = Somebody has this name already: choose another.
area-wrong-id = Use letters, digits, hyphens, underscores and dots alone.
area-wrong-password = Choose one of at least 8 characters, and of no more than 1024 bytes.
area-wrong-user = Nobody logs in with this name: look at how it is written.
area-wrong-member = They are a member already.
area-wrong-none = Choose at least one permission.
area-wrong-tenant = Choose the tenant that it acts in.
area-wrong-not-there = Choose a tenant that is enabled, and to which the user belongs.
area-wrong-hook = Write an https address of a public host, at its usual port.
area-wrong-events = Choose at least one event.
area-wrong-reason = Write why: the developer reads it.
area-wrong-redirects = Write at least one: that is where people come back to.
area-wrong-invisible = Take out the characters that are invisible or turn the direction of writing around.
area-wrong-absolute = Begin the redirect URI with its scheme, such as https://.
area-wrong-fragment = Take away the fragment: everything from # on.
area-wrong-wildcard = Write the redirect URI out: it must not have a star.
area-wrong-http = http is for localhost, 127.0.0.1 and [::1] alone. Use https.
area-wrong-scheme = Begin with a domain name of yours turned around, as in com.example.app:/callback.
area-wrong-native = Such a scheme is for native apps. Use https.
area-wrong-has-members = The tenant still has members. Remove them first.
area-wrong-has-accounts = The tenant still has service accounts. Delete them first.
area-wrong-number = Write a whole number from { $least } to { $most }.
