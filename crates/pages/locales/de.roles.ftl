# The console's pages of roles. Its handlers choose these texts.

roles-lead = Benannte Mengen von Berechtigungen. Die der Konfigurationsdatei werden dort geändert, andere hier angelegt und geändert.
roles-permits = Erlaubt
roles-origin = Herkunft
roles-of-file = Konfigurationsdatei
roles-of-database = Hier angelegt
roles-hides = Verdeckt eine hier angelegte
roles-hidden = Rollen, die nicht gelten: { $names }
roles-hidden-more = Die Konfigurationsdatei nennt Rollen mit denselben Namen, und die gelten. Löschen Sie die hier angelegten; nennt die Datei ihre nicht mehr, gelten sie wieder.
roles-empty = Keine Rollen
roles-empty-more = Eine Rolle sagt, was jemand in einem Mandanten darf. Sie wird hier angelegt oder steht in der Datei des Bereichs als [roles.NAME].
roles-new = Neue Rolle
roles-new-lead = Wer sie in einem Mandanten hat, darf dort, was sie erlaubt, und kann es Anwendungen erlauben.
roles-name-hint = Buchstaben, Ziffern, Bindestriche, Unterstriche und Punkte. Er bleibt, wie er ist.
roles-description = Beschreibung
roles-description-hint = Wozu sie da ist.
roles-permissions-hint = Was jemand mit dieser Rolle darf. Eine Zeile mit Stern umfasst auch, was später hinzukommt.
roles-permissions-written = Eine je Zeile; ein Muster wie invoices:* umfasst mehrere. Von denen der Verwaltung selbst nicht mehr, als Sie dürfen.
roles-change-lead = Sie ändert sich sofort für alle, die sie haben, auch für bestehende Token.
roles-holders = Wer sie hat
roles-holders-count = Mitglieder: { $members }. Dienstkonten: { $accounts }. API-Schlüssel: { $keys }.
roles-delete-title = Rolle { $role } löschen?
roles-delete-breaks = Niemand kann sie mehr bekommen. Solange ein Mitglied, ein Dienstkonto oder ein API-Schlüssel sie hat, bleibt sie.
roles-delete-hidden = Niemand verliert etwas: Unter diesem Namen gilt die Rolle der Konfigurationsdatei.
