# What the pages of the developers’ portal say.

portal-product = Entwickler
portal-stranger = Sie können hier keine Anwendungen anlegen
portal-stranger-more = Wer das darf, steht in der Konfiguration des Realms. Sie sind mit einem Konto angemeldet, das nicht dazugehört.
portal-stranger-another = Mit einem anderen Konto anmelden
portal-done-submitted = Die Anwendung wurde eingereicht.
portal-done-withdrawn = Die Anwendung ist wieder ein Entwurf.
portal-done-secret = Das Secret ist beendet.
portal-done-reviewed = Die Entscheidung ist gespeichert. Die Person, die entwickelt, liest die Begründung.

## Logs

portal-logs = Protokoll
portal-logs-lead = Abgelehnte Anfragen dieser Anwendung, jede mit ihrer Abhilfe. Die Kennung ist die aus der Antwort. Sie bleiben sieben Tage, höchstens tausend.
portal-logs-when = Wann
portal-logs-what = Was geschah
portal-logs-expected = Erwartet
portal-logs-got = Bekommen
portal-logs-mend = Abhilfe
portal-logs-request = Kennung der Anfrage
portal-logs-where = Endpunkt
portal-logs-error = Fehlercode
portal-logs-more = und { $count } gleiche davor
portal-logs-empty = Nichts wurde abgelehnt
portal-logs-empty-more = Wird eine Anfrage dieser Anwendung abgelehnt, steht hier, was zu ändern ist.

## Users

portal-users = Benutzer
portal-users-lead = Wer dieser Anwendung etwas erlaubt hat, unter den Namen, unter denen sie sie kennt.
portal-users-user = Benutzer
portal-users-tenant = Mandant
portal-users-scopes = Darf
portal-users-since = Seit
portal-users-changed = Zuletzt erlaubt
portal-users-empty = Noch hat ihr niemand etwas erlaubt
portal-users-empty-more = Benutzer erscheinen hier, sobald sie zustimmen.

## Secrets

portal-secret-used = Zuletzt benutzt
portal-secret-unused = Nicht, seit es zwei gibt
portal-secret-idle = 24 Stunden nicht benutzt, kann gelöscht werden
portal-secret-breaks = Was dieses Secret noch benutzt, funktioniert sofort nicht mehr.
portal-secret-which = Das Secret { $secret } endet jetzt.
portal-secret-end = Secret beenden
portal-secret-end-title = Ein Secret von { $app } beenden?

## The way from a draft on

portal-review = Prüfung
portal-stage-draft = Entwurf
portal-stage-submitted = Eingereicht
portal-stage-verified = Geprüft
portal-stage-suspended = Gesperrt
portal-is-draft = Ein Entwurf: nur die Person, die entwickelt, und die Testbenutzer können ihm etwas erlauben
portal-is-submitted = Eingereicht: der Betrieb sieht sie an, bevor alle sie benutzen können
portal-is-open = Eingereicht: alle können sie benutzen
portal-is-verified = Geprüft: alle können sie benutzen
portal-is-suspended = Gesperrt: niemand kann sie benutzen, und ihre Token öffnen nichts
portal-note = Der Betrieb schreibt: { $note }
portal-scopes-now = Darf verlangen
portal-scopes-wished = Möchte verlangen
portal-name-wished = Möchte heißen
portal-grants-wished = Möchte Tokens erhalten durch
portal-kind-wished = Möchte von der Art sein
portal-auth-wished = Möchte sich ausweisen durch
portal-redirects = Redirect-URIs
portal-submitted-at = Wartet seit
portal-testers = Testbenutzer
portal-testers-lead = Solange sie ein Entwurf ist, können außer Ihnen diese Personen sie ausprobieren.
portal-testers-names = Was sie zum Anmelden eingeben
portal-testers-hint = Je Zeile einer, höchstens fünfzig. Ob es sie gibt, wird nicht verraten.
portal-testers-save = Testbenutzer speichern
portal-submit = Einreichen
portal-submit-title = { $app } einreichen?
portal-submit-means = Der Betrieb sieht Name, Rechte und Redirect-URIs an. Bis dahin lassen sie sich nicht ändern.
portal-submit-opens = Von da an können alle sie benutzen.
portal-withdraw = Zurückziehen
portal-withdraw-title = { $app } zurückziehen?
portal-withdraw-means = Sie ist wieder ein Entwurf, und Sie können sie ändern.
portal-decide = Entscheiden
portal-decide-title = Darüber entscheiden
portal-decide-lead = Die Begründung liest, wer sie entwickelt. Alles steht im Audit-Log.
portal-verdict = Entscheidung
portal-approve = Annehmen
portal-approve-more = Alle können sie benutzen, mit dem, was sie verlangt.
portal-reject = Ablehnen
portal-reject-more = Eine eingereichte ist wieder ein Entwurf, eine geprüfte bleibt, wie sie ist.
portal-suspend = Sperren
portal-suspend-more = Niemand kann sie benutzen, und ihre Token öffnen nichts, bis sie wieder zugelassen ist.
portal-reinstate = Wieder zulassen
portal-reinstate-more = Wie vor der Sperre.
portal-reason = Begründung
portal-reason-hint = Nötig bei Ablehnung und Sperre.

## Try it

portal-try = Ausprobieren
portal-try-title = { $app } ausprobieren
portal-try-lead = Der echte Code-Flow mit PKCE, wie ihn diese Anwendung ausführt, mit Ihnen als Benutzer.
portal-try-cannot = Diese Art Anwendung lässt sich hier nicht ausprobieren
portal-try-cannot-more = Hier melden sich Menschen an, und die Anwendung weist sich mit einem Secret aus oder gar nicht. Für die anderen passen die Beispiele unter Zugangsdaten.
portal-try-register = Adresse registrieren
portal-try-register-lead = Der Browser kommt zu { $address } zurück; das muss eine der Redirect-URIs der Anwendung sein. Unter Einstellungen lässt sie sich wieder entfernen.
portal-try-begin = Beginnen
portal-try-scopes = Verlangte Rechte
portal-try-scopes-hint = Nichts angekreuzt verlangt die voreingestellten.
portal-try-scopes-written = Je Zeile eines; ohne Angabe die üblichen.
portal-try-over = Dieser Versuch ist vorbei
portal-try-over-more = Er wurde in einer anderen Sitzung, für eine andere Anwendung oder vor zu langer Zeit begonnen. Beginnen Sie neu.
portal-try-refused = Die Anfrage wurde abgelehnt
portal-try-refused-more = Das Protokoll dieser Anwendung sagt, was zu ändern ist.
portal-try-redeem = Code einlösen
portal-try-redeem-lead = Der Code ist da. Lösen Sie ihn ein, wie es die Anwendung täte; er gilt nur kurz.
portal-try-secret = Client-Secret
portal-try-secret-hint = Es wird einmal benutzt und nicht aufgehoben.
portal-try-done = Es geht: das sind ihre Token
portal-try-steps = Anfragen und Antworten, Geheimnisse gekürzt

## How to mend what was refused

portal-mend-redirect-uri = Registrieren Sie die Redirect-URI unter Einstellungen, genau wie die Anwendung sie sendet.
portal-mend-redirect-slash = Nur der Schrägstrich am Ende unterscheidet sich: die registrierte Redirect-URI senden oder auch die andere registrieren.
portal-mend-redirect-case = Nur Groß- und Kleinschreibung unterscheiden sich: Redirect-URIs werden Byte für Byte verglichen.
portal-mend-redirect-scheme = Nur das Schema unterscheidet sich: http und https sind zwei Redirect-URIs.
portal-mend-redirect-port = Nur der Port unterscheidet sich: registrieren Sie ihn, oder machen Sie daraus eine native Anwendung, deren Loopback-Port frei ist.
portal-mend-redirect-host = Nur der Host unterscheidet sich: jeder Host braucht eine eigene Redirect-URI.
portal-mend-redirect-query = Nur die Query unterscheidet sich: was wechselt, gehört in den Parameter state.
portal-mend-redirect-path = Nur der Pfad unterscheidet sich: den registrierten senden oder auch diesen registrieren.
portal-mend-pkce = code_challenge und code_challenge_method=S256 mit der Autorisierungsanfrage senden, code_verifier mit dem Code.
portal-mend-response-type = response_type=code senden.
portal-mend-scope = Verlangen, was der Anwendung erlaubt ist, oder das Recht unter Rechte hinzufügen.
portal-mend-resource = Eine API nennen, die es hier gibt, genau so geschrieben, oder resource weglassen.
portal-mend-disabled = Die Anwendung ist deaktiviert oder gesperrt; ihre erste Seite sagt, warum.
portal-mend-grant-type = Einen der Grant Types benutzen, für die die Anwendung registriert ist.
portal-mend-client-auth = Sich ausweisen, wie die Anwendung registriert ist, mit einem lebenden Secret.
portal-mend-code = Jeden Code einmal und sofort einlösen, mit redirect_uri und code_verifier seiner eigenen Anfrage.
portal-mend-refresh-token = Das neueste Refresh-Token jeder Antwort behalten; wird es abgelehnt, den Benutzer neu autorisieren lassen.
portal-mend-not-open = Die Person als Testbenutzer nennen oder die Anwendung einreichen.
portal-mend-denied = An der Anfrage ist nichts falsch: der Benutzer hat sie nicht erlaubt oder durfte es nicht.
portal-mend-silent = Die Anfrage ohne prompt=none wiederholen, damit der Benutzer eine Seite sieht.
portal-mend-limit = So lange warten, wie Retry-After sagt, und Token behalten, statt neue zu verlangen.
portal-mend-proof = Für jede Anfrage einen neuen DPoP-Beweis machen: ihre Methode, ihre Adresse und die Nonce der letzten Antwort.
portal-mend-token = Ein neues Access-Token für diese API holen.
portal-mend-permission = Das Recht verlangen, wenn der Benutzer autorisiert; ein Token behält, was ihm gegeben wurde.
portal-mend-request-object = Die Anfrage mit einem registrierten Schlüssel signieren, für diesen Issuer, mit kurzer Lebensdauer.
portal-mend-parameter = Die Anfrage mit den Beispielen unter Zugangsdaten vergleichen.
