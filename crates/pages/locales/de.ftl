# Deutsch. Schlüssel wie in en.ftl; Namen setzt die Seite ein, Texte enthalten keine Auszeichnung.

foot-secured = Gesichert von grantd für { $realm }
title-error = Fehler:
form-expired = Diese Seite war zu lange geöffnet
form-expired-more = Es ist nichts verloren: Bitte versuchen Sie es noch einmal.

## Anmelden

login-title = Anmelden
login-lead = bei { $realm }
login-lead-client = um mit { $app } fortzufahren
login-again-title = Bitte bestätigen Sie, dass Sie es sind
login-again-lead = Dieser Schritt verlangt eine frische Anmeldung. Bitte geben Sie Ihr Passwort noch einmal ein.
login-again-submit = Bestätigen
login-username = E-Mail-Adresse oder Benutzername
login-password = Passwort
login-show-password = Passwort anzeigen
login-otp = Einmalcode
login-otp-hint = Der Code aus Ihrer Authenticator-App.
login-submit = Anmelden
login-error-credentials = Die Angaben stimmen nicht
login-error-credentials-more = Prüfen Sie den Namen, das Passwort und, falls verlangt, den Einmalcode.
login-error-back = Zum Formular
login-error-attempts = Zu viele Versuche
login-retry-seconds = { $count ->
    [one] Bitte warten Sie eine Sekunde und versuchen Sie es dann erneut.
   *[other] Bitte warten Sie { $count } Sekunden und versuchen Sie es dann erneut.
}
login-retry-minutes = { $count ->
    [one] Bitte warten Sie eine Minute und versuchen Sie es dann erneut.
   *[other] Bitte warten Sie { $count } Minuten und versuchen Sie es dann erneut.
}

## Einwilligung

consent-page-title = { $app } erlauben?
consent-title = { $app } möchte für { $tenant } handeln
consent-title-self = { $app } möchte für Sie handeln
consent-title-choose = { $app } möchte für eines Ihrer Konten handeln
consent-signed-in = Angemeldet als { $user }
consent-not-you = Nicht Sie?
consent-tenant = Für welches Konto soll die App handeln?
consent-error-tenant-missing = Wählen Sie zuerst ein Konto
consent-error-tenant-unknown = Sie haben keinen Zugang mehr zu diesem Konto. Wählen Sie ein anderes.
consent-error-tenant-go = Zu den Konten
consent-permissions = Das darf die App dann
consent-permissions-new = Neu: Das darf die App dann außerdem
consent-permissions-none = Nichts, außer zu wissen, dass Sie zugestimmt haben.
consent-earlier = Schon früher erlaubt
consent-identity = Über Sie
consent-duration = Wie lange?
consent-allow = Erlauben
consent-deny = Ablehnen
consent-take-back = Sie können das jederzeit zurücknehmen:
consent-connected-apps = verbundene Apps
consent-take-back-at = Sie können das jederzeit in Ihrem Konto bei { $realm } zurücknehmen.

trust-verified = Geprüfter Herausgeber
trust-verified-more = { $realm } hat geprüft, dass diese App zu { $domain } gehört.
trust-registered = Von einer Entwicklerin oder einem Entwickler registriert
trust-registered-more = Diese App wurde bei { $realm } registriert. Niemand hat sie geprüft.
trust-unverified = Nicht geprüft
trust-unverified-host = Sie nennt sich { $name } und kommt von { $host }. Beides hat niemand geprüft. Erlauben Sie sie nur, wenn Sie das selbst begonnen haben.
trust-unverified-more = Sie nennt sich { $name }. Das hat niemand geprüft. Erlauben Sie sie nur, wenn Sie das selbst begonnen haben.

target-label = Ihre Antwort geht an
target-loopback = Ein Programm auf diesem Computer
target-loopback-warning = Jedes Programm auf diesem Computer kann sich als diese App ausgeben. Fahren Sie nur fort, wenn Sie sie gerade gestartet haben.
target-app = Eine App auf diesem Gerät, die dies öffnet:
target-device = Das Gerät, das Ihnen den Code gezeigt hat

permission-count = { $count ->
    [one] 1 Berechtigung
   *[other] { $count } Berechtigungen
}
permission-optional = Freiwillig
permission-search = Berechtigungen durchsuchen
reach-group = Alles in { $resource }
reach-everything = Alles bei { $realm }
reach-warning = Auch Berechtigungen, die später hinzukommen:
reach-today = Heute ist das:

risk-read = Lesen
risk-change = Ändern
risk-delete = Löschen
risk-money = Geld bewegen
risk-admin = Verwalten
risk-count-delete = { $count } × Löschen
risk-count-money = { $count } × Geld bewegen
risk-count-admin = { $count } × Verwalten

identity-openid = Wissen, wer Sie sind
identity-profile = Ihren Namen und Ihr Bild sehen
identity-email = Ihre E-Mail-Adresse sehen
identity-address = Ihre Postanschrift sehen
identity-phone = Ihre Telefonnummer sehen
identity-offline_access = Verbunden bleiben, wenn Sie nicht angemeldet sind

duration-until_removed = Bis ich es beende
duration-30_days = 30 Tage
duration-session = Diese Sitzung

## Auf dem Rückweg

carry-title-approved = Zugriff erlaubt
carry-title-denied = Zugriff abgelehnt
carry-title-error = Das hat nicht geklappt
carry-lead = Sie werden zu { $app } zurückgebracht…
carry-leads-to = Führt zu
carry-continue = Weiter

interstitial-title = Die Anfrage dieser App hat nicht geklappt
interstitial-lead = Eine App, die sich { $app } nennt, hat Sie mit einer Anfrage zu { $realm } geschickt, die nicht ausgeführt werden kann. Sie wurden nicht angemeldet, und es wurde nichts erlaubt.
interstitial-unverified = Jeder kann eine App unter jedem Namen registrieren. Diese hat niemand geprüft.
interstitial-leads-to = Weiter geht es zu
interstitial-advice = Wenn Sie das nicht selbst begonnen haben, schließen Sie dieses Fenster.
interstitial-go = Trotzdem weiter

## Fehler

error-details = Einzelheiten für den Support
error-code = Fehlercode
error-detail = Einzelheit
error-status = Status
error-request-id = Anfrage-ID
error-request-title = Dieser Link funktioniert nicht
error-request = Die App hat eine Anfrage geschickt, die nicht ausgeführt werden kann. Es liegt nicht an Ihnen: Gehen Sie zurück zur App, versuchen Sie es noch einmal, und sagen Sie es den Entwicklern, wenn es öfter vorkommt.
error-client-title = Diese App ist hier nicht bekannt
error-client = Die App, die Sie hierher geschickt hat, ist nicht registriert oder darf niemanden anmelden. Gehen Sie zu ihr zurück, oder fragen Sie, von wem Sie den Link haben.
error-redirect-title = Der Rückweg ist nicht registriert
error-redirect = Die App wollte Sie zu einer Adresse schicken, die für sie nicht registriert ist. Zu Ihrer Sicherheit bleiben Sie hier.
error-denied-title = Zugriff abgelehnt
error-denied = Dieses Konto darf das nicht. Fragen Sie Ihre Verwaltung, wenn Sie meinen, dass es das dürfen sollte.
error-sign-in-title = Bitte melden Sie sich zuerst an
error-sign-in = Dafür müssen Sie angemeldet sein. Gehen Sie zurück zur App und beginnen Sie von vorn.
error-expired-title = Diese Seite ist abgelaufen
error-expired = Sie war zu lange geöffnet oder wurde schon benutzt. Gehen Sie zurück zur App und beginnen Sie von vorn.
error-forged-title = Dieses Formular kam von anderswo
error-forged = Ihre Antwort kam nicht von unserer eigenen Seite und wurde deshalb nicht verwendet. Gehen Sie zurück zur App und beginnen Sie von vorn.
error-busy-title = Gerade zu viel los
error-busy = Im Moment kommen zu viele Anfragen. Bitte warten Sie ein wenig und versuchen Sie es erneut.
error-missing-title = Hier ist nichts
error-missing = Unter dieser Adresse gibt es keine Seite.
error-fault-title = Bei uns ist etwas schiefgegangen
error-fault = Wir konnten das nicht zu Ende bringen. Bitte versuchen Sie es gleich noch einmal; wenn es öfter vorkommt, nennen Sie dem Support die Anfrage-ID unten.
error-unknown-title = Das hat nicht geklappt
error-unknown = Die Anfrage konnte nicht ausgeführt werden. Gehen Sie dorthin zurück, wo Sie herkamen, und versuchen Sie es erneut.

## Abmelden

signed-out-title = Sie sind abgemeldet
signed-out-lead = Sie können dieses Fenster schließen.
signed-out-frame = Sie werden anderswo abgemeldet
logout-title = Abmelden?
logout-lead = Sie sind angemeldet als { $user }.
logout-lead-client = { $app } möchte Sie abmelden. Sie sind angemeldet als { $user }.
logout-submit = Abmelden
logout-stay = Angemeldet bleiben

## Gerät

device-title = Ein Gerät verbinden
device-lead = Geben Sie den Code ein, den Ihr Gerät zeigt.
device-code = Code
device-warning = Geben Sie einen Code nur ein, wenn Sie ihn auf einem Gerät vor sich sehen. Geben Sie nie einen ein, den Ihnen jemand geschickt hat.
device-check = Vergleichen Sie den Code
device-check-code = Ihr Gerät muss vor Ihnen stehen und { $code } zeigen.
device-check-warning = Wenn Ihnen jemand diesen Code oder den Link geschickt hat, lehnen Sie ab: Er bekäme sonst Zugriff auf Ihr Konto.
device-submit = Weiter
device-approved = Gerät verbunden
device-approved-more = Gehen Sie zurück zu Ihrem Gerät; dort geht es von selbst weiter.
device-denied = Gerät nicht verbunden
device-denied-more = Es wurde nichts erlaubt. Sie können dieses Fenster schließen.
device-error-wrong_code = Dieser Code ist nicht gültig
device-error-wrong_code-more = Vielleicht enthält er einen Tippfehler, oder er ist abgelaufen. Ihr Gerät kann einen neuen zeigen.
device-error-too_many_attempts = Zu viele Versuche
device-error-too_many_attempts-more = Bitte warten Sie einige Minuten und lassen Sie sich dann von Ihrem Gerät einen neuen Code zeigen.
device-error-back = Zum Code

## Wurzel eines Ausstellers

home-title = grantd läuft
home-running = Läuft
home-lead = Dies ist der Autorisierungsserver von { $realm }.
home-issuer = Aussteller
home-metadata = Metadaten
home-development = Entwicklungsserver
home-development-more = Benutzer, Clients und Schlüssel sind zum Ausprobieren. Stellen Sie ihn nicht ins Internet.
home-console = Konsole öffnen

## Seiten für Angemeldete

frame-skip = Zum Inhalt springen
frame-menu = Menü
frame-tabs = Teile dieses Objekts
frame-copy = Kopieren
frame-copied = Kopiert
frame-download = { $file } herunterladen
frame-before = Vorher
frame-after = Nachher
frame-filter = Filtern
frame-clear = Filter aufheben
frame-pages = Seiten der Liste
frame-first = Erste Seite
frame-next = Nächste Seite
frame-cancel = Abbrechen
frame-optional = Freiwillig
frame-chosen = { $chosen } von { $count }
frame-covered = Kommt mit { $pattern }
frame-errors = { $count ->
    [one] Ein Fehler
   *[other] { $count } Fehler
}
