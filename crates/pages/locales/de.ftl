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
login-goes-on-lead = Ihre Sitzung ist mittendrin zu Ende gegangen. Es ist noch nichts geschehen: Melden Sie sich an, und machen Sie dort weiter, wo Sie waren.
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
consent-details = Genau das hier
detail-yes = Ja
detail-no = Nein
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
reach-everything-title = Voller Zugriff
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
carry-title-onward = Einen Moment
carry-lead = Sie werden zu { $app } zurückgebracht…
carry-lead-onward = Es geht weiter bei { $app }…
carry-leads-to = Führt zu
carry-continue = Weiter

interstitial-title = Die Anfrage dieser App hat nicht geklappt
interstitial-lead = Eine App, die sich { $app } nennt, hat Sie mit einer Anfrage zu { $realm } geschickt, die nicht ausgeführt werden kann. Sie wurden nicht angemeldet, und es wurde nichts erlaubt.
interstitial-unverified = Jeder kann eine App unter jedem Namen registrieren. Diese hat niemand geprüft.
interstitial-leads-to = Weiter geht es zu
interstitial-advice = Wenn Sie das nicht selbst begonnen haben, schließen Sie dieses Fenster.
interstitial-go = Trotzdem weiter

barred-title-asked = Ihre Anfrage ist abgeschickt
barred-lead-asked = Ob { $app } für { $tenant } genutzt werden darf, entscheidet dort jemand aus der Verwaltung. Versuchen Sie es noch einmal, wenn die App erlaubt ist.
barred-title-waiting = Diese App wartet auf Freigabe
barred-lead-waiting = Bei { $tenant } ist nach { $app } schon gefragt worden, aber noch niemand hat geantwortet. Versuchen Sie es noch einmal, wenn die App erlaubt ist.
barred-title-full = Diese App braucht eine Freigabe
barred-lead-full = Bei { $tenant } warten schon zu viele Anfragen. Bitten Sie dort jemanden aus der Verwaltung, { $app } zu erlauben.
barred-title-blocked = Diese App ist gesperrt
barred-lead-blocked = Die Verwaltung von { $tenant } lässt { $app } dort nicht zu. Es wurde nichts erlaubt.
barred-back = Zurück zur App

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
error-moved-title = Die App hat inzwischen eine andere Adresse
error-moved = Seit diese Seite offen ist, hat die App die Adresse geändert, an die Ihre Antwort geht. Ihre Antwort wurde nicht verwendet, und nichts wurde erlaubt. Gehen Sie zurück zur App und beginnen Sie von vorn: Dann sehen Sie die neue Adresse.
error-forged-title = Dieses Formular kam von anderswo
error-forged = Ihre Antwort kam nicht von unserer eigenen Seite und wurde deshalb nicht verwendet. Gehen Sie zurück zur App und beginnen Sie von vorn.
error-busy-title = Gerade zu viel los
error-busy = Im Moment kommen zu viele Anfragen. Bitte warten Sie ein wenig und versuchen Sie es erneut.
error-missing-title = Hier ist nichts
error-missing = Unter dieser Adresse gibt es keine Seite.
error-fault-title = Bei uns ist etwas schiefgegangen
error-fault = Wir konnten das nicht zu Ende bringen. Bitte versuchen Sie es gleich noch einmal; wenn es öfter vorkommt, nennen Sie dem Support die Anfrage-ID unten.
error-elsewhere-title = Diese Anmeldung hat nicht geklappt
error-elsewhere = Der andere Anbieter war nicht erreichbar oder hat nicht so geantwortet, wie er sollte; deshalb wurde niemand angemeldet. Versuchen Sie es noch einmal, oder melden Sie sich anders an.
error-elsewhere-refused-title = Sie haben sich dort nicht angemeldet
error-elsewhere-refused = Die Anmeldung beim anderen Anbieter wurde abgebrochen oder abgelehnt; deshalb wurde hier niemand angemeldet. Versuchen Sie es noch einmal, oder melden Sie sich anders an.
error-elsewhere-unknown-title = Für diese Anmeldung gibt es hier kein Konto
error-elsewhere-unknown = Der andere Anbieter kennt Sie, aber hier darf sich niemand mit diesem Konto anmelden. Melden Sie sich anders an, oder bitten Sie den Betreiber dieses Dienstes um Zugang.
error-elsewhere-stale-title = Diese Anmeldung ist zu alt
error-elsewhere-stale = Was Sie vorhaben, braucht eine Anmeldung von eben jetzt, und der andere Anbieter hat keine bestätigt. Versuchen Sie es noch einmal, oder melden Sie sich anders an.
error-try-again = Zurück zur Anmeldung
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
home-account = Ihr Konto: verbundene Apps, Passwort, wo Sie angemeldet sind
home-developers = Für Entwickler: eine Anwendung anmelden, und sehen, warum eine Anfrage abgelehnt wurde

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
frame-no-hit = Kein Treffer
frame-no-hit-more = Nichts entspricht Ihrer Suche. Suchen Sie etwas anderes, oder heben Sie den Filter auf.
frame-no-hit-next = Nichts unter denen, die durchgesehen wurden. Es gibt mehr: Weiter geht es auf der nächsten Seite.
frame-pages = Seiten der Liste
frame-sort = Sortieren nach
frame-sorted-ascending = (aufsteigend)
frame-sorted-descending = (absteigend)
frame-first = Erste Seite
frame-next = Nächste Seite
frame-cancel = Abbrechen
frame-optional = Freiwillig
frame-chosen = { $chosen } von { $count }
frame-picture = Zustimmungsseite
frame-picture-title = Die Zustimmungsseite, wie Ihre Benutzer sie lesen werden
frame-picture-hint = So lesen es Ihre Benutzer. Ansehen speichert nichts.
frame-picture-show = Auswahl ansehen
frame-close = Schließen
frame-covered = Kommt mit { $pattern }
frame-errors = { $count ->
    [one] Ein Fehler
   *[other] { $count } Fehler
}

## Eigene Seiten der Benutzer

account-title = Ihr Konto
account-page-overview = Übersicht
account-page-apps = Verbundene Apps
account-page-sessions = Anmeldungen
account-page-password = Passwort
account-apps-count = { $count ->
    [0] Keine App hat Zugriff
    [one] 1 App hat Zugriff
   *[other] { $count } Apps haben Zugriff
}
account-sessions-count = { $count ->
    [one] An einem Ort
   *[other] An { $count } Orten
}
account-sessions-more = oder mehr
account-password-changed = Zuletzt geändert am
account-password-none = Sie haben hier kein Passwort.

account-done-app_narrowed = Gespeichert. Die App darf nur noch, was angekreuzt ist.
account-done-app_ended = Zugriff entfernt. Die App kann nichts mehr für Sie tun.
account-done-session_ended = Dort abgemeldet.
account-done-password_changed = Passwort geändert. Überall sonst wurden Sie abgemeldet.

account-error-nothing_ticked = Nichts ist angekreuzt
account-error-nothing_ticked-more = Um alles zurückzunehmen, entfernen Sie den Zugriff ganz.
account-error-too_many_tokens = Diese App hält zu viele Schlüssel, um jeden zu ändern
account-error-too_many_tokens-more = Entfernen Sie stattdessen den Zugriff; die App kann Sie erneut fragen.
account-error-wrong_password = Das ist nicht Ihr Passwort
account-error-wrong_password-more = Ihr Passwort wurde nicht geändert.
account-error-password_short = Das neue Passwort ist zu kurz
account-error-password_short-more = Länger ist besser: ein paar Wörter, die nur Sie so zusammenstellen.
account-error-password_long = Das neue Passwort ist zu lang
account-error-password_long-more = Es darf höchstens 1024 Bytes haben; Umlaute und andere besondere Zeichen brauchen mehrere.
account-error-password_known = Das neue Passwort ist nicht neu
account-error-password_known-more = Wählen Sie eines, das weder Ihr altes Passwort noch Ihr Name ist.
account-error-passwords_differ = Das neue Passwort war nicht beide Male gleich
account-error-passwords_differ-more = Bitte geben Sie es noch einmal ein.

apps-lead = Diese Apps dürfen bei { $realm } für Sie handeln. Sie können alles davon zurücknehmen.
apps-none = Keine App hat Zugriff
apps-none-more = Wenn Sie einer App etwas erlauben, steht sie hier.
apps-for-tenant = Für { $tenant }
apps-for-you = Nur für Sie
app-page-title = Zugriff von { $app }
app-allowed-at = erlaubt
app-used-at = zuletzt benutzt
app-acts-for = Handelt für
app-who = Wer das ist
app-allowed = Erlaubt am
app-last-done = Zuletzt benutzt
app-last-done-more = und { $count } weitere
app-last-used = Bekam zuletzt Zugriff
app-last-used-unknown = In letzter Zeit nicht
app-ends = Endet
app-ends-with-session = Wenn Sie sich abmelden
app-permissions = Das darf die App
app-permissions-more = Nehmen Sie ein Häkchen weg, um das zurückzunehmen. Teile der App funktionieren dann vielleicht nicht mehr, und sie fragt Sie womöglich erneut.
app-narrow = Speichern
app-end-title = Zugriff von { $app } entfernen
app-end-more = Das wirkt sofort: Was die App hier für Sie hält, wird wertlos. Was sie vorher kopiert hat, behält sie.
app-end = Zugriff entfernen

sessions-title = Wo Sie angemeldet sind
sessions-lead = Browser, in denen Sie hier angemeldet sind. Melden Sie ab, was Sie nicht sind.
session-on = { $browser } unter { $system }
session-unknown = Unbekanntes Gerät
session-here = Dieser Browser
session-address = Adresse
session-since = angemeldet
session-end = Abmelden
sessions-more = Es gibt mehr, als hier steht.
sessions-all-title = Überall abmelden
sessions-all-more = Jeder Browser, auch dieser. Apps, die im Hintergrund verbunden bleiben, verlieren das und müssen Sie neu fragen.
sessions-all = Überall abmelden

password-title = Passwort ändern
password-lead = Überall sonst werden Sie abgemeldet, und verbundene Apps müssen sich neu verbinden.
password-old = Bisheriges Passwort
password-new = Neues Passwort
password-hint = Mindestens { $count } Zeichen.
password-again = Neues Passwort, noch einmal
password-submit = Passwort ändern

paging = Seiten
paging-back = Zurück
paging-on = Weiter

moment = { $day }. { $month } { $year }, { $time } UTC
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember

## Zweiter Schritt

otp-title = Noch ein Schritt
otp-lead = Geben Sie den Code für { $user } ein.
otp-error = Dieser Code stimmt nicht
otp-error-more = Ein Code gilt einmal und etwa eine Minute lang. Wurde er eben benutzt, warten Sie auf den nächsten.
otp-lost = Telefon verloren? Geben Sie stattdessen einen Ihrer Wiederherstellungscodes ein.

account-page-two_step = Zweiter Schritt
account-two-step-none = Aus. Wer Ihr Passwort kennt, kann sich anmelden.
account-done-two_step_off = Der zweite Schritt ist aus.
account-error-wrong_code = Dieser Code stimmt nicht
account-error-wrong_code-more = Geben Sie den Code ein, den Ihre App gerade zeigt. Klappt es nicht, prüfen Sie die Uhr Ihres Telefons.
two-step-title = Anmelden in zwei Schritten
two-step-lead = Nach dem Passwort geben Sie einen Code aus einer App auf Ihrem Telefon ein. Wer nur Ihr Passwort erfährt, kommt nicht hinein.
two-step-begin = Einrichten
two-step-scan = Lesen Sie dieses Bild mit einer Authenticator-App ein und geben Sie dann den Code ein, den sie zeigt.
two-step-picture = Bild für eine Authenticator-App; der Schlüssel darunter sagt dasselbe
two-step-secret = Oder tippen Sie diesen Schlüssel
two-step-code = Code aus der App
two-step-confirm = Einschalten
two-step-on = An seit
two-step-codes-title = Wiederherstellungscodes
two-step-codes-lead = Der zweite Schritt ist an. Bewahren Sie diese Codes dort auf, wo nur Sie sie finden; sie werden nur dieses eine Mal gezeigt.
two-step-codes-more = Jeder von ihnen meldet Sie einmal an, wenn Sie Ihr Telefon nicht haben.
two-step-codes-kept = Ich habe sie aufbewahrt
two-step-codes-left = { $count ->
    [0] Keiner ist übrig. Erzeugen Sie neue.
    [one] Einer ist übrig. Erzeugen Sie neue.
   *[other] { $count } sind übrig.
}
two-step-codes-new = Neue Codes erzeugen
two-step-off-title = Ausschalten
two-step-off-more = Dann genügt Ihr Passwort allein. Der Schlüssel der App und die Wiederherstellungscodes werden wertlos.
two-step-off = Ausschalten

## Vergessene Passwörter

login-forgot = Passwort vergessen?
login-or = oder
login-with = Anmelden mit { $provider }
reset-title = Passwort zurücksetzen
reset-lead = Wir schicken einen Link an Ihre Mailadresse. Damit wählen Sie ein neues Passwort.
reset-submit = Link schicken
reset-sent = Gibt es ein Konto dieses Namens mit einer Mailadresse, ist ein Link unterwegs.
reset-sent-more = Er gilt einmal, 30 Minuten lang. Sehen Sie auch bei unerwünschter Post nach.
reset-wait = Bitte warten Sie eine Weile und versuchen Sie es dann erneut.
reset-choose = Wählen Sie ein neues Passwort für { $user }. Sie werden überall abgemeldet.
reset-over = Dieser Link wurde schon benutzt oder ist zu alt.
reset-again = Neuen Link holen
reset-done = Ihr Passwort ist geändert. Sie wurden überall abgemeldet.
letter-reset-subject = Ihr Passwort bei { $realm } zurücksetzen
letter-reset-lead = Jemand, hoffentlich Sie, möchte ein neues Passwort für { $user } bei { $realm }. Über diesen Link wählen Sie eines:
letter-reset-once = Der Link gilt einmal, 30 Minuten lang.
letter-reset-other = Waren Sie es nicht, tun Sie nichts: Ihr Passwort bleibt, wie es ist.

## Passkeys

login-passkey = Mit Passkey anmelden
login-passkey-unused = Es wurde kein Passkey benutzt. Versuchen Sie es noch einmal oder nehmen Sie Ihr Passwort.
login-error-passkey = Dieser Passkey hat nicht funktioniert
login-error-passkey-more = Versuchen Sie es noch einmal oder nehmen Sie Ihr Passwort.
account-page-passkeys = Passkeys
account-passkeys-count = { $count ->
    [0] Keiner. Mit einem melden Sie sich ohne Passwort an.
    [one] Ein Passkey
   *[other] { $count } Passkeys
}
account-done-passkey_added = Passkey hinzugefügt. Ab jetzt können Sie sich damit anmelden.
account-done-passkey_renamed = Gespeichert.
account-done-passkey_removed = Passkey entfernt. Niemand kann sich mehr damit anmelden.
account-error-bad_passkey = Der Passkey wurde nicht hinzugefügt
account-error-bad_passkey-more = Was von Ihrem Gerät kam, passt nicht zu dieser Seite. Bitte versuchen Sie es noch einmal.
account-error-passkey_known = Diesen Passkey gibt es schon
account-error-passkey_known-more = Dieses Gerät hat schon einen Passkey für Ihr Konto.
account-error-passkeys_full = Es sind zu viele Passkeys
account-error-passkeys_full-more = Sie haben so viele Passkeys, wie es geben darf. Entfernen Sie einen, um einen anderen hinzuzufügen.
account-error-passkey_name = Dieser Name geht nicht
account-error-passkey_name-more = Nehmen Sie einen kurzen Namen aus gewöhnlichen Zeichen.
account-error-last_way_in = Dieser Passkey muss bleiben
account-error-last_way_in-more = Sie haben kein Passwort. Ohne diesen Passkey könnten Sie sich nicht anmelden. Fügen Sie zuerst einen anderen hinzu.
account-error-logged_in = Sie mussten sich neu anmelden
account-error-logged_in-more = Es ist noch nichts geschehen. Was Sie ausgefüllt haben, steht wieder hier, nur Passwörter und Codes nicht: Sehen Sie es durch und senden Sie es noch einmal.
factors-elsewhere = Sie melden sich mit der App der Plattform selbst an. Was neben einem Passwort beweist, dass Sie es sind, wird dort eingerichtet, nicht hier.
passkeys-title = Passkeys
passkeys-lead = Mit einem Passkey melden Sie sich mit Fingerabdruck, Gesicht oder PIN Ihres Geräts an, ohne Passwort und ohne Code. Er gilt nur hier und lässt sich nicht versehentlich weitergeben.
passkeys-none = Sie haben noch keinen Passkey.
passkeys-synced = Kann zwischen Ihren Geräten synchronisiert werden.
passkeys-here = Auf einem Gerät.
passkeys-since = Hinzugefügt
passkeys-used = Zuletzt benutzt
passkeys-unused = Nie benutzt.
passkeys-rename = Umbenennen
passkeys-rename-submit = Speichern
passkeys-remove = Entfernen
passkeys-confirm = Bestätigen, dass Sie es sind
passkeys-confirm-more = Um Passkeys hinzuzufügen, umzubenennen oder zu entfernen, melden Sie sich bitte erst noch einmal an.
passkeys-add-title = Noch ein Passkey
passkeys-needs-script = Einen Passkey hinzuzufügen braucht JavaScript und einen Browser, der Passkeys kennt.
passkeys-name = Name
passkeys-name-first = Mein Passkey
passkeys-add = Passkey hinzufügen
passkeys-not-added = Es wurde kein Passkey angelegt. Sie können es noch einmal versuchen.
passkeys-unavailable = An dieser Adresse können keine Passkeys hinzugefügt werden.

## Andere Anbieter

account-page-providers = Anmeldeanbieter
account-providers-count = { $count ->
    [0] Keiner
    [one] Ein Anbieter
   *[other] { $count } Anbieter
}
account-done-link_removed = Entfernt. Von dort meldet sich niemand mehr in Ihrem Konto an.
account-error-last_link = Dieser Anbieter muss bleiben
account-error-last_link-more = Sie haben weder ein Passwort noch einen Passkey. Ohne diesen Anbieter könnten Sie sich nicht anmelden. Fügen Sie zuerst einen Passkey hinzu.
providers-title = Anmeldeanbieter
providers-lead = Wo Sie sich sonst noch anmelden können, um in dieses Konto zu kommen.
providers-none = Sie melden sich in diesem Konto nur hier an.
providers-since = Verbunden
providers-used = Zuletzt benutzt
providers-unused = Nie benutzt.
providers-gone = Wird hier nicht mehr angeboten.
providers-remove = Entfernen
providers-ends = Wenn Sie einen entfernen, werden Sie in jedem anderen Browser abgemeldet, und Apps, die im Hintergrund verbunden bleiben, müssen Sie neu fragen.
providers-confirm-more = Um einen Anbieter zu entfernen, melden Sie sich bitte erst noch einmal an.
