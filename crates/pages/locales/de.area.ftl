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
