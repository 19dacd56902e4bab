# The console's pages of roles. Its handlers choose these texts.

roles-lead = Named sets of permissions. Those of the configuration file are changed there; others are made and changed here.
roles-permits = Permits
roles-origin = From
roles-of-file = Configuration file
roles-of-database = Made here
roles-hides = Hides one made here
roles-hidden = Roles that do not count: { $names }
roles-hidden-more = The configuration file declares roles of the same names, and those count. Delete the ones made here; if the file drops its own, they count again.
roles-empty = No roles
roles-empty-more = A role says what somebody may do in a tenant. It is made here, or written in the realm’s file as [roles.NAME].
roles-new = New role
roles-new-lead = Whoever gets it in a tenant may do there what it permits, and let applications do it.
roles-name-hint = Letters, digits, hyphens, underscores and dots. It stays as it is.
roles-description = Description
roles-description-hint = What it is for.
roles-permissions-hint = What somebody with this role may do. A line with a star covers what is added later, too.
roles-permissions-written = One on each line; a pattern such as invoices:* covers several. Of the administration’s own, no more than you may yourself.
roles-change-lead = It changes at once for everybody who has it, with the tokens that they have.
roles-holders = Who has it
roles-holders-count = Members: { $members }. Service accounts: { $accounts }. API keys: { $keys }.
roles-delete-title = Delete the role { $role }?
roles-delete-breaks = It can be given to nobody any more. While a member, a service account or an API key has it, it stays.
roles-delete-hidden = Nobody loses anything: what counts under this name is the role of the configuration file.
