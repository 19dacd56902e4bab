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
