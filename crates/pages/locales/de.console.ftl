# Die Konsole der Betreiber.

console-product = Konsole
console-group-access = Zugriff
console-group-people = Menschen und Maschinen
console-group-rules = Regeln und Protokolle
console-overview = Übersicht
console-applications = Anwendungen
console-tokens = Zugriffstoken
console-api-keys = API-Schlüssel
console-least-privilege = Geringste Rechte
console-users = Benutzer
console-sessions = Sitzungen
console-tenants = Mandanten
console-service-accounts = Dienstkonten
console-roles = Rollen
console-permissions = Berechtigungen
console-keys = Signaturschlüssel
console-audit = Protokoll
console-settings = Einstellungen
console-design = Gestaltung

## Wörter vieler Seiten

console-name = Name
console-state = Zustand
console-created = Angelegt
console-tenant = Mandant
console-any = Beliebig
console-search = Suchen
console-enabled = Aktiv
console-disabled = Gesperrt
console-delete = Löschen
console-count-permissions = { $count ->
    [one] 1 Berechtigung
   *[other] { $count } Berechtigungen
}

## Was ein Formular getan hat

console-done-created = Angelegt.
console-done-saved = Gespeichert.
console-done-deleted = Gelöscht.
console-done-ended = Beendet. Damit öffnet sich nichts mehr.
console-done-trimmed = Gekürzt. Laufende Token bleiben innerhalb des Rests.
console-done-rotated = Gewechselt.
console-done-signed-out = Überall abgemeldet.

## Seiten an der Stelle anderer

console-forbidden = Das dürfen Sie nicht
console-forbidden-more = Dafür ist die Berechtigung { $permission } nötig. Wer diesen Bereich betreibt und wer was darf, steht in seiner Konfigurationsdatei.
console-changed = Jemand anders war schneller
console-changed-more = Dies wurde geändert, seit Sie es geöffnet haben. Nichts wurde gespeichert: Sehen Sie es sich neu an und versuchen Sie es noch einmal.
console-conflict = Das geht gerade nicht
console-bad = Das ergibt hier keinen Sinn
console-missing = Hier ist nichts
console-missing-more = Es gibt diese Seite nicht, oder was sie zeigte, ist fort.
console-stranger = Dieses Konto betreibt hier nichts
console-stranger-more = Die Konsole ist für die, die die Konfiguration als Betreiber nennt.
console-stranger-another = Als jemand anders anmelden

## Übersicht

console-overview-lead = Der Bereich unter { $issuer }. Zeiten sind in UTC.
console-overview-recent = Was zuletzt geschah
console-development = Entwicklungsserver
console-development-more = Benutzer, Anwendungen und Schlüssel sind zum Ausprobieren da.
console-loosened = { $count ->
    [one] Eine Regel ist lockerer, als sie sein sollte
   *[other] { $count } Regeln sind lockerer, als sie sein sollten
}
console-loosened-more = Die Konfiguration sagt das ausdrücklich. In den Einstellungen steht jede mit dem, was sie bedeutet.
console-figure-applications = Anwendungen
console-figure-tokens = Gültige Zugriffstoken
console-figure-users = Benutzer
console-figure-tenants = Mandanten
console-figure-api-keys = Gültige API-Schlüssel
console-figure-keys = Signiert mit
console-figure-keys-ready = Die nächsten Schlüssel stehen bereit
console-figure-keys-missing = Ein nächster Schlüssel fehlt
console-figure-more = { $count }+
console-document-metadata = Metadaten des Servers
console-document-api = Admin-API als OpenAPI

## Anwendungen

console-app-lead = Programme, die hier Token holen: Ihre eigenen und die anderer.
console-app-new = Neue Anwendung
console-app-kind = Art
console-app-origin = Kommt von
console-app-permissions = Darf verlangen
console-app-empty = Noch keine Anwendungen
console-app-empty-more = Eine Anwendung ist ein Programm, das Token holt: eine Web-App, ein Kommandozeilenprogramm, ein nächtlicher Lauf.
console-kind-web = Web-App
console-kind-spa = Single-Page-App
console-kind-native = Native App
console-kind-machine = Maschine
console-kind-service = Dienstkonto
console-kind-other = Anderes
console-origin-console = Betreiber
console-origin-portal = Entwickler
console-origin-dynamic = Selbst angemeldet
console-origin-document = Eigenes Dokument

## Protokoll

console-audit-action = Was
console-audit-target = Woran
console-audit-actor = Wer
console-audit-address = Woher
console-audit-at = Wann
console-audit-empty = Noch geschah nichts
console-audit-empty-more = Jede Änderung durch Betreiber, Programme oder die Kommandozeile hinterlässt hier eine Zeile.

## Gestaltung

console-design-lead = Jedes Stück dieser Seiten, mit den Mustern, die die Tests ansehen. Nur in der Entwicklung hier.
