# What pages of every area say: the console, and others like it.

area-any = Beliebig
area-forbidden = Das dürfen Sie nicht
area-forbidden-more = Dafür ist die Berechtigung { $permission } nötig. Wer diesen Bereich betreibt und wer was darf, steht in seiner Konfigurationsdatei.
area-changed = Jemand anders war schneller
area-changed-more = Dies wurde geändert, seit Sie es geöffnet haben. Nichts wurde gespeichert: Sehen Sie es sich neu an und versuchen Sie es noch einmal.
area-late = Diese Seite war zu lange geöffnet, deshalb ist nichts geschehen.
area-logged-in = Sie mussten sich zwischendurch neu anmelden, deshalb ist noch nichts geschehen.
area-filled-in = Was Sie ausgefüllt haben, steht wieder hier: Sehen Sie es durch und senden Sie es noch einmal. Passwörter und Codes werden nicht aufgehoben.
area-conflict = Das geht gerade nicht
area-bad = Das ergibt hier keinen Sinn
area-missing = Hier ist nichts
area-missing-more = Es gibt diese Seite nicht, oder was sie zeigte, ist fort.

## Where an address is

area-place-city = { $city }, { $country }
area-place-here = der Rechner, auf dem dieser Server läuft
area-place-private = ein privates Netz

## What is wrong with a value

area-wrong-empty = Hier fehlt etwas.
area-wrong-long = Das ist zu lang.
area-wrong-taken = Diesen Namen hat schon jemand: wählen Sie einen anderen.
area-wrong-id = Nehmen Sie nur Buchstaben, Ziffern, Bindestriche, Unterstriche und Punkte.
area-wrong-password = Wählen Sie eines mit mindestens 8 Zeichen und höchstens 1024 Byte.
area-wrong-user = Mit diesem Namen meldet sich niemand an: sehen Sie nach, wie er geschrieben wird.
area-wrong-member = Ist schon Mitglied.
area-wrong-none = Wählen Sie mindestens eine Berechtigung.
area-wrong-tenant = Wählen Sie den Mandanten, in dem er gilt.
area-wrong-not-there = Wählen Sie einen Mandanten, der aktiv ist und zu dem der Benutzer gehört.
area-wrong-hook = Schreiben Sie eine https-Adresse eines öffentlichen Servers, am üblichen Port.
area-wrong-events = Wählen Sie mindestens ein Ereignis.
area-wrong-reason = Schreiben Sie, warum: der Entwickler liest es.
area-wrong-redirects = Schreiben Sie mindestens eine: dorthin kehren die Benutzer zurück.
area-wrong-invisible = Nehmen Sie die Zeichen heraus, die unsichtbar sind oder die Schreibrichtung umkehren.
area-wrong-absolute = Beginnen Sie die Redirect-URI mit ihrem Schema, etwa https://.
area-wrong-fragment = Lassen Sie das Fragment weg: alles ab #.
area-wrong-wildcard = Schreiben Sie die Redirect-URI aus: ein Stern darf nicht darin stehen.
area-wrong-http = http gilt nur für localhost, 127.0.0.1 und [::1]. Nehmen Sie https.
area-wrong-scheme = Beginnen Sie mit einem eigenen Domainnamen rückwärts, wie in com.example.app:/callback.
area-wrong-native = Ein solches Schema ist für native Apps. Nehmen Sie https.
area-wrong-has-members = Der Mandant hat noch Mitglieder. Entfernen Sie zuerst diese.
area-wrong-has-accounts = Der Mandant hat noch Dienstkonten. Löschen Sie zuerst diese.
area-wrong-number = Schreiben Sie eine ganze Zahl von { $least } bis { $most }.
