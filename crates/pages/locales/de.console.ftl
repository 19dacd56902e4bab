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
console-webhooks = Webhooks
console-audit = Protokoll
console-settings = Einstellungen
console-design = Gestaltung

## Wörter vieler Seiten

console-name = Name
console-state = Zustand
console-created = Angelegt
console-changed = Geändert
console-tenant = Mandant
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
console-done-replayed = Es wird in Kürze erneut gesendet.
console-done-signed-out = Überall abgemeldet.

## Seiten an der Stelle anderer

console-one-step = Diese Konsole verlangt einen zweiten Schritt
console-one-step-again = Sie haben sich nur mit einem Passwort angemeldet. Melden Sie sich noch einmal an: Mit dem Code aus Ihrer Authenticator-App oder mit Ihrem Passkey kommen Sie hinein.
console-one-step-sign-in = Noch einmal anmelden
console-one-step-none = Sie haben sich nur mit einem Passwort angemeldet, und Ihr Konto hat noch keinen zweiten Schritt. Richten Sie einen ein und melden Sie sich dann noch einmal an.
console-one-step-set-up = Zweiten Schritt einrichten
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

## Wörter der Seiten

console-create = Anlegen
console-save = Speichern
console-rotate = Wechseln
console-disable = Sperren
console-enable = Freigeben
console-rename = Umbenennen
console-rename-title = Ein anderer Name für { $name }
console-ends = Endet
console-yes = Ja
console-no = Nein
console-issuer = Aussteller
console-authorize = Autorisierungsendpunkt
console-token-endpoint = Token-Endpunkt
console-application = Anwendung
console-user = Benutzer
console-role = Rolle
console-group = Gruppe
console-permission = Berechtigung
console-grants = Was der Benutzer erlaubt hat
console-members = Mitglieder
console-filter-user = Benutzer (Name oder ID)
console-filter-user-id = ID des Benutzers
console-filter-application-id = ID der Anwendung
console-choose = Mandanten wählen
console-no-tenant = Kein Mandant
console-tenant-many = Es gibt viele Mandanten: Geben Sie die ID ein. Zu einem Teil von Name oder ID erscheinen nach dem Absenden Vorschläge.
console-tenant-by-id = Schreiben Sie seine ID.

## Eine Anwendung

console-app-auth = Anmeldedaten
console-app-method = Weist sich aus durch
console-app-grants = Grant-Typen
console-app-redirects = Redirect-URIs
console-app-redirects-hint = Eine je Zeile. Verglichen wird Byte für Byte, ein Schrägstrich am Ende zählt also. Eine Maschine braucht keine.
console-app-logout = Adressen nach dem Abmelden
console-app-logout-hint = Wohin der Browser nach dem Abmelden zurückkehren darf. Eine je Zeile.
console-app-name-hint = Was Menschen lesen, wenn sie es erlauben sollen.
console-app-lifetime = Lebensdauer der Zugriffstoken in Sekunden
console-app-lifetime-hint = Leer: so lange, wie der Bereich sagt.
console-app-disabled-means = Sie bekommt keine Token, und ihre vorhandenen öffnen nichts, bis sie wieder aktiv ist.
console-app-new-lead = Wählen Sie, was sie ist: Der Rest folgt daraus und lässt sich später ändern. Sie beginnt ohne Berechtigungen.
console-app-next = Berechtigungen wählen
console-app-next-title = Wie es weitergeht
console-app-next-more = Sie ist angemeldet. Geben Sie ihr die nötigen Berechtigungen, nicht mehr: Die Benutzer werden nach jeder gefragt.
console-app-delete-title = { $app } löschen?
console-app-delete-breaks = { $app } hört sofort und überall auf zu arbeiten.
console-app-delete-tokens = Gültige Zugriffstoken, die enden: { $count }
console-app-delete-grants = Erlaubnisse von Benutzern, die enden: { $count }
console-app-delete-id = Ihre ID kommt nie zurück: Wer sie wieder will, meldet sie neu an und ändert ihre Konfiguration.
console-kind-mcp = MCP-Client
console-kind-web-why = Läuft auf Ihrem Server, der ein Geheimnis hüten kann. Menschen melden sich an; Codes werden mit Geheimnis und PKCE eingelöst.
console-kind-spa-why = Läuft im Browser, wo jeder mitlesen kann: kein Geheimnis, nur PKCE. Refresh-Token rotieren.
console-kind-native-why = Auf Geräten installiert: kein Geheimnis, PKCE, und ein Rückweg zur App oder zu diesem Rechner.
console-kind-machine-why = Handelt für sich selbst, niemand meldet sich an: ein nächtlicher Lauf, ein Dienst. Client Credentials mit Geheimnis.
console-kind-mcp-why = Ein KI-Werkzeug mit dem Model Context Protocol: wie eine native App, mit Rückweg zu diesem Rechner.
console-secret = Client-Geheimnis
console-secrets = Client-Geheimnisse
console-secret-once = Kopieren Sie es jetzt. Es wird nur dieses eine Mal gezeigt und nur als Hash aufbewahrt; später sehen Sie die letzten vier Zeichen.
console-secret-live = Ohne Ende
console-secret-empty = Kein Geheimnis gilt
console-secret-empty-more = Ein Wechsel legt eines an.
console-secret-rotate = Neues Geheimnis
console-secret-rotate-title = Ein neues Geheimnis für { $app }
console-secret-rotate-lead = Das neue gilt sofort. Das alte gilt noch eine Weile, damit beim Austauschen nichts ausfällt.
console-keep = Wann endet das alte Geheimnis?
console-keep-hour = In einer Stunde
console-keep-day = In 24 Stunden
console-keep-week = In 7 Tagen
console-keep-none = Jetzt
console-keep-none-more = Wer es noch benutzt, wird ab sofort abgewiesen. Richtig, wenn es bekannt wurde.
console-snippets = Code zum Anfangen
console-permissions-hint = Was sie höchstens verlangen darf. Benutzer und deren Rollen können es einschränken.
console-permissions-beside = Was sie außerdem hat
console-permissions-user = Über den Benutzer
console-permissions-everything = Alles auf einmal
console-pattern = Alles, was mit { $prefix } beginnt, auch was später hinzukommt
console-pattern-all = Alles der Plattform, auch was später hinzukommt
console-about-openid = Wissen, wer der Benutzer ist
console-about-profile = Namen und Bild sehen
console-about-email = E-Mail-Adresse sehen
console-about-address = Postanschrift sehen
console-about-phone = Telefonnummer sehen
console-about-offline = Verbunden bleiben, wenn der Benutzer nicht angemeldet ist
console-scopes-ticked = Nicht mehr als nötig. Eine Zeile mit Stern umfasst auch, was später hinzukommt.
console-scopes-written = Eine je Zeile; ein Muster wie invoices:* umfasst mehrere.
console-usage-used = { $count }-mal benutzt
console-usage-unused = Nicht benutzt
console-usage-none = Unbekannt: keine API hat den Gebrauch gemeldet
console-usage-unknown = Niemand meldet, was benutzt wird
console-usage-unknown-more = Die APIs sagen nichts über den Gebrauch durch diese Anwendung, also heißt nichts unbenutzt. Gemeldet wird über Introspection oder das Gate.
console-usage-droppable = Seit 30 Tagen unbenutzte Berechtigungen: { $count }
console-usage-droppable-more = Soweit die APIs es melden. Was nicht gebraucht wird, kann auch nicht missbraucht werden.
console-trim = Unbenutztes wegnehmen
console-trim-title = Wegnehmen, was { $app } nicht benutzt?
console-trim-lead = Jetzt hat sie { $count }. Aus Mustern wird die Liste dessen, was bleibt.
console-trim-breaks = Diese kann sie nicht mehr verlangen, insgesamt { $count }; Anfragen danach werden abgelehnt:

## Zugriffstoken

console-tokens-lead = Jedes ausgestellte, noch nicht entfernte Token. Ihre Werte stehen nirgends, niemand kann hier eines kopieren.
console-token = Token
console-token-user = Handelt für
console-token-live = Gültig
console-token-ended = Beendet
console-token-expired = Abgelaufen
console-token-empty = Keine Zugriffstoken
console-token-empty-more = Token erscheinen hier, wenn Anwendungen sie holen oder jemand eines von Hand anlegt.
console-token-end = Beenden
console-token-end-title = Dieses Zugriffstoken beenden?
console-token-end-breaks = { $app } wird sofort überall abgewiesen, wo es dieses Token benutzt.
console-token-end-others = Ein Refresh-Token, falls vorhanden, gilt weiter. Beenden Sie dafür die Erlaubnis oder die Anwendung.
console-token-new = Token von Hand anlegen
console-token-new-title = Ein Token für { $app }
console-token-new-lead = Für Skripte und Tests. Es erlaubt, was Anwendung, Rolle des Benutzers und Sie erlauben.
console-token-name-hint = Damit Sie später wissen, wofür es war.
console-token-user-hint = Der Name, mit dem sich dieser Benutzer anmeldet.
console-token-days = Tage bis zum Ende
console-days-wrong = Schreiben Sie eine ganze Zahl von Tagen, von 1 bis { $most }.
console-token-tenant-hint = Der Benutzer braucht dort eine Rolle.
console-token-value = Zugriffstoken
console-token-once = Kopieren Sie es jetzt. Es wird nur dieses eine Mal gezeigt.

## API-Schlüssel

console-api-keys-lead = Schlüssel für die API der Plattform, jeder in einem Mandanten. Gezeigt wurden sie einmal, beim Anlegen.
console-api-key = Schlüssel
console-api-key-active = Gültig
console-api-key-revoked = Beendet
console-api-key-expired = Abgelaufen
console-api-key-used = Zuletzt benutzt
console-api-key-empty = Keine API-Schlüssel
console-api-key-empty-more = Mit einem API-Schlüssel ruft ein Skript die API der Plattform ohne Token auf. Sie entstehen hier, über die Admin-API oder auf der Kommandozeile.
console-api-key-end-title = Schlüssel { $name } beenden?
console-api-key-end-breaks = Wer ihn benutzt, wird sofort abgewiesen. Er lässt sich nicht wieder freigeben.

## Geringste Rechte

console-least-lead = Worauf jede Anwendung verzichten könnte, soweit ihre APIs den Gebrauch melden.
console-least-use = Gebrauch
console-least-unknown = Unbekannt
console-least-fits = Benutzt, was sie hat
console-least-unused = Unbenutzt: { $count }

## Benutzer

console-users-lead = Menschen, die sich hier anmelden.
console-user-new = Neuer Benutzer
console-user-exact = Benutzername, genau
console-user-begins = Benutzername, oder wie er beginnt
console-user-password = Passwort
console-user-name-hint = Womit sie sich anmelden: meist eine Mailadresse.
console-user-password-hint = Mindestens 8 Zeichen. Sagen Sie es ihnen nicht per Mail.
console-user-set-password = Passwort setzen
console-user-set-password-title = Ein Passwort für { $user } setzen
console-user-set-password-breaks = Das alte gilt sofort nicht mehr. Alle Sitzungen und Refresh-Token des Benutzers enden.
console-user-empty = Noch keine Benutzer
console-user-empty-more = Benutzer entstehen hier, über die Admin-API oder durch einen Import.
console-user-places = Mandanten und Rollen
console-user-places-empty = In keinem Mandanten
console-user-places-empty-more = Anwendungen können nur für diesen Benutzer selbst handeln.
console-user-delete-title = { $user } löschen?
console-user-delete-breaks = Sitzungen, Erlaubnisse, Token und Rollen dieses Benutzers enden sofort und kommen nicht zurück.
console-user-second-step = Zweiten Schritt entfernen
console-user-second-step-title = Den zweiten Schritt von { $user } entfernen?
console-user-second-step-breaks = Dann genügt das Passwort allein, bis er wieder eingerichtet ist. Jede Sitzung und jedes Refresh-Token dieses Benutzers endet.
console-done-second-step = Entfernt. Jetzt genügt das Passwort allein.
console-user-passkeys = Alle Passkeys entfernen
console-user-passkeys-title = Alle Passkeys von { $user } entfernen?
console-user-passkeys-breaks = Keiner davon meldet dann noch an. Ohne Passwort ist keine Anmeldung mehr möglich, bis Sie eines setzen. Jede Sitzung und jedes Refresh-Token dieses Benutzers endet.
console-done-passkeys = Passkeys entfernt.
console-user-disable-title = { $user } sperren?
console-user-disable-breaks = Sie werden überall abgemeldet; nichts, was für sie handelt, geht, bis sie wieder frei sind.
console-user-enable-title = { $user } freigeben?
console-user-enable-breaks = Sie können sich mit ihrem bisherigen Passwort wieder anmelden.
console-sign-out-all = Überall abmelden
console-sign-out-all-title = { $user } überall abmelden?
console-sign-out-all-breaks = Jeder Browser muss sich neu anmelden, und Refresh-Token enden. Was Anwendungen jetzt halten, endet mit seiner eigenen Lebensdauer.
console-grant-empty = Nichts ist erlaubt
console-grant-empty-more = Wenn jemand einer Anwendung etwas erlaubt, erscheint es hier.

## Sitzungen

console-sessions-lead = Wo jemand angemeldet ist. Suchen Sie nach dem Anmeldenamen.
console-session-browser = Browser
console-session-place = Ort
console-session-since = Angemeldet
console-session-unknown = Unbekannt
console-session-empty = Nirgends angemeldet
console-session-empty-more = Sitzungen stehen hier mit Browser und Adresse.
console-session-find = Wessen Sitzungen?
console-session-find-more = Geben Sie oben einen Benutzernamen ein.
console-session-nobody = Niemand heißt so
console-session-nobody-more = Namen werden klein geschrieben und im Ganzen verglichen.

## Mandanten

console-tenants-lead = Die Firmen und Konten, für die Token handeln.
console-tenant-new = Neuer Mandant
console-tenant-id = ID
console-tenant-id-hint = Was in Token steht. Sie lässt sich nie ändern.
console-tenant-empty = Keine Mandanten
console-tenant-empty-more = Ein Mandant ist ein Kunde Ihrer Plattform: Benutzer haben in jedem eine Rolle.
console-tenant-delete-title = { $tenant } löschen?
console-tenant-delete-breaks = Nur ein Mandant ohne Mitglieder und Dienstkonten kann gelöscht werden. Seine API-Schlüssel und Token enden sofort und kommen nicht wieder.
console-tenant-disable-title = { $tenant } sperren?
console-tenant-disable-breaks = Nichts kann darin handeln, bis er wieder frei ist.
console-tenant-enable-title = { $tenant } freigeben?
console-tenant-enable-breaks = Was vorher darin handelte, kann es wieder, soweit es nicht beendet ist.
console-member-empty = Keine Mitglieder
console-member-empty-more = Fügen Sie jemanden mit dem Namen für die Anmeldung hinzu.
console-accounts-lead = Maschinen mit einer Rolle in einem Mandanten. Wählen Sie den Mandanten.
console-accounts-of = Dienstkonten von { $tenant }
console-account-empty = Keine Dienstkonten
console-account-empty-more = Ein Dienstkonto ist eine Maschine, die in diesem Mandanten mit einer Rolle handelt.

## Regeln

console-permissions-lead = Alles, was verlangt werden kann, in den Worten, die Benutzer lesen.
console-permission-lets = Erlaubt einer Anwendung
console-permission-empty = Keine Berechtigungen
console-permission-empty-more = Berechtigungen stehen in der Datei des Bereichs, als [[permissions]].
console-risk = Risiko
console-risk-read = Lesen
console-risk-change = Ändern
console-risk-delete = Löschen
console-risk-money = Geld bewegen
console-risk-admin = Verwalten
console-settings-lead = Was { $file } sagt, Schlüssel für Schlüssel. Hier wird es gelesen, in der Datei geändert. Geheimnisse fehlen.
console-setting = Einstellung
console-setting-value = Wert
console-setting-from = Steht in
console-setting-line = Zeile { $line }
console-setting-default = Voreinstellung
console-setting-empty = Keine Einstellungen
console-setting-empty-more = Die Datei des Realms sagt nichts.

## Signaturschlüssel

console-keys-lead = Schlüssel, die Token signieren. Der nächste wird veröffentlicht, bevor er signiert, damit ihn alle rechtzeitig kennen.
console-key = Schlüssel-ID
console-key-algorithm = Algorithmus
console-key-active = Signiert
console-key-next = Nächster
console-key-retired = Außer Dienst
console-key-since = Seit
console-key-removed = Wird entfernt
console-key-empty = Keine Signaturschlüssel
console-key-empty-more = Der Server legt sie beim Start an.
console-key-rotate = { $algorithm } wechseln
console-key-rotate-title = Den Schlüssel für { $algorithm } wechseln?
console-key-rotate-breaks = Neue Token werden ab jetzt mit dem nächsten Schlüssel signiert. Prüfer, die Schlüssel nie neu holen, lehnen sie ab.
console-key-rotate-old = Schon signierte Token bleiben gültig: Der alte Schlüssel bleibt veröffentlicht, bis das letzte abgelaufen ist.

## Protokoll, weiter

console-audit-lead = Wer was tat, von wo, und was vorher und nachher war. Zeilen werden nie geändert.
console-audit-changes = Vorher und nachher
console-audit-export = Als JSON-Zeilen ausgeben
console-audit-filter-action = Was, etwa client.*
console-audit-filter-target = Woran, etwa client:ID
console-audit-filter-actor = Wer, genau

## Listen des ganzen Bereichs

console-registrations = Registrierungen
console-registrations-lead = Anwendungen, die sich selbst registriert haben, nach Namen. Was sich auf jedem Rechner neu registriert, ist eine Zeile.
console-registration-count = Registrierungen
console-registration-first = Zuerst
console-registration-last = Zuletzt
console-registration-empty = Nichts hat sich selbst registriert
console-registration-empty-more = Wo es erlaubt ist, registrieren sich KI-Werkzeuge und andere von selbst und erscheinen hier.
console-all-grants = Freigaben
console-grants-lead = Was Benutzer Anwendungen erlaubt haben. Wählen Sie eine aus, um alles zu sehen oder sie zu beenden.
console-grant-end-title = Beenden, was { $app } darf?
console-grant-end-breaks = Ihre Zugriffs- und Erneuerungstoken für diesen Benutzer enden sofort.
console-grant-end-again = Sie kann den Benutzer wieder fragen.
console-findings = Befunde
console-findings-lead = Was bei Anwendungen bräche, wenn die Regeln gälten, die hier nur erprobt werden.
console-finding-rule = Regel
console-finding-count = Wie oft
console-finding-first = Zuerst
console-finding-last = Zuletzt
console-finding-empty = Nichts bräche
console-finding-empty-more = Was eine nur erprobte Regel abweisen würde, wird hier gezählt.
console-done-session-ended = Dort abgemeldet.
console-session-end-title = { $user } dort abmelden?
console-session-end-breaks = Dieser Browser muss sich neu anmelden. Was Anwendungen haben, gilt weiter.

## Mitglieder, Maschinen und Schlüssel eines Mandanten

console-done-added = Hinzugefügt.
console-done-removed = Entfernt.
console-member-add = Mitglied hinzufügen
console-member-add-lead = Jemand, der hier schon ein Konto hat.
console-member-name-hint = Der Name für die Anmeldung.
console-member-role-hint = Sie erlaubt nicht mehr, als Sie selbst dürfen.
console-member-change-lead = Mit einer Rolle, die weniger erlaubt, enden von Hand gemachte Token.
console-member-remove = Entfernen
console-member-remove-title = { $user } aus { $tenant } entfernen?
console-member-remove-breaks = Was Anwendungen in diesem Mandanten für diese Person dürfen, endet sofort.
console-member-remove-keeps = Das Konto bleibt, ebenso die Plätze in anderen Mandanten.
console-account-new = Neues Dienstkonto
console-account-new-lead = Eine Maschine, die in diesem Mandanten mit einer Rolle handelt.
console-account-name-hint = Wofür es da ist.
console-account-scopes-hint = Nichts angekreuzt: alles, was die Rolle erlaubt.
console-account-scopes-written = Eine je Zeile. Leer: alles, was die Rolle erlaubt.
console-account-scopes-change = Was es höchstens verlangen darf; auch die Rolle begrenzt es. Nichts angekreuzt: nichts.
console-account-delete-breaks = { $app } bekommt keine Token mehr, und die vorhandenen enden sofort.
console-api-key-new = Neuer API-Schlüssel
console-api-key-new-lead = Für ein Skript, das die API der Plattform aufruft. Er erlaubt nicht mehr, als Sie selbst dürfen.
console-api-key-days-hint = Leer: bis ihn jemand beendet.
console-api-key-tenant-hint = Der Mandant, dessen Daten er erreicht.
console-tenant-choose = Mandanten wählen
console-tenant-choose-lead = Sie betreuen mehrere. Was Sie tun, gilt für den gewählten.

## Mehr von Übersicht und Protokoll

console-audit-export-csv = Als CSV ausgeben
console-chart-issued = Ausgestellte Zugriffstoken je Stunde
console-chart-issued-more = { $count } in den letzten 24 Stunden.
console-chart-issued-newest = Gezählt sind die neuesten { $count }.
console-chart-clients = Wer die meisten bekommt
console-chart-none = Keine in den letzten 24 Stunden
console-chart-refused = Abgelehnte Anfragen je Stunde
console-chart-reasons = Weshalb sie abgelehnt wurden

## Mail of a development server

console-mail = Post
console-mail-lead = Dieser Server ist für die Entwicklung: Was er verschicken würde, liegt hier, solange er läuft.
console-mail-subject = Betreff
console-mail-to = An
console-mail-text = Text
console-mail-empty = Keine Post
console-mail-empty-more = Lassen Sie sich bei der Anmeldung ein neues Passwort schicken: Der Brief liegt dann hier.
## Anwendungen anderer in einem Mandanten

console-third = Apps anderer
console-third-lead = Welche Anwendungen anderer die Mitglieder hier nutzen dürfen. Die der Plattform selbst brauchen keine Erlaubnis.
console-third-all-lead = Was Mandanten über Anwendungen anderer entschieden haben, und was sie entscheiden sollen.
console-third-policy = Neue Anwendungen
console-third-policy-change = Regel ändern
console-third-open = Mitglieder entscheiden
console-third-open-hint = Sie können jeder Anwendung etwas erlauben, die nicht gesperrt ist.
console-third-approval = Auf Freigabe warten
console-third-approval-hint = Ein Mitglied fragt, und jemand aus der Verwaltung erlaubt es zuerst. Was schon genutzt wird, läuft weiter.
console-third-waiting = Wartet
console-third-allowed = Erlaubt
console-third-blocked = Gesperrt
console-third-undecided = Nicht entschieden
console-third-asked-by = Angefragt von
console-third-asked = Angefragt
console-third-decided = Entschieden
console-third-in-use = In Gebrauch, nicht entschieden
console-third-in-use-lead = Mitglieder haben diesen etwas erlaubt. Sie laufen weiter, bis jemand sie sperrt.
console-third-empty = Noch nichts entschieden
console-third-empty-more = Wenn ein Mitglied nach einer Anwendung fragt oder jemand eine erlaubt oder sperrt, erscheint sie hier.
console-third-allow = Erlauben
console-third-block = Sperren
console-third-forget = Zurücknehmen
console-third-allow-title = { $app } für { $tenant } erlauben?
console-third-allow-means = Mitglieder können es tun lassen, was sie selbst dürfen.
console-third-block-title = { $app } für { $tenant } sperren?
console-third-block-breaks = Was Mitglieder ihm in diesem Mandanten erlaubt haben, endet sofort, samt seinen Tokens.
console-third-block-again = Eine spätere Erlaubnis bringt das nicht zurück: jedes Mitglied wird neu gefragt.
console-third-forget-title = Zurücknehmen, was { $tenant } über { $app } entschieden hat?
console-third-forget-means = Die Regel für neue Anwendungen gilt wieder. Wo Mitglieder entscheiden, ist eine gesperrte Anwendung wieder nutzbar.
console-links = Andere Anbieter
console-link-provider = Anbieter
console-link-person = Dort bekannt als
console-link-since = Verbunden
console-link-used = Letzte Anmeldung
console-link-empty = Kommt von keinem anderen Anbieter
console-link-empty-more = Dieser Benutzer meldet sich nur hier an, bis er mit jemandem bei einem Anbieter verbunden wird.
console-link-remove = Verbindung entfernen
console-link-remove-title = Die Verbindung von { $user } mit { $provider } entfernen?
console-link-remove-breaks = Von dort kommt niemand mehr als dieser Benutzer herein. Ohne Passwort oder Passkey ist gar keine Anmeldung mehr möglich. Jede Sitzung und jedes Refresh-Token dieses Benutzers endet. Wo Anbieter Menschen über die Mailadresse verbinden dürfen, verbindet sie die nächste Anmeldung dort wieder.
console-unused-title = Unbenutzte Registrierungen
console-unused-lead = { $count ->
    [one] Seit einem Tag nichts von ihnen gehört, und niemand benutzt sie: keine Erlaubnis, kein Token.
   *[other] Seit { $count } Tagen nichts von ihnen gehört, und niemand benutzt sie: keine Erlaubnis, kein Token.
}
console-unused-days = { $count ->
    [one] Mehr als ein Tag
   *[other] Mehr als { $count } Tage
}
console-unused-next = Weiter suchen
console-unused-count = { $count ->
    [one] Eine Registrierung steht hier.
   *[other] { $count } Registrierungen stehen hier.
}
console-unused-breaks = Was angekreuzt ist, geht, wenn es nicht gerade in diesem Augenblick benutzt wird. Ein Programm, dessen Registrierung weg ist, muss sich neu registrieren; die meisten tun das von selbst.
console-unused-which = Registrierungen
console-unused-submit = Angekreuzte entfernen
console-unused-none = Hier sind keine
console-unused-none-more = Jede Registrierung, die angesehen wurde, wird benutzt oder hat sich seither gemeldet.
console-done-expired = Was noch unbenutzt war, ist weg.
