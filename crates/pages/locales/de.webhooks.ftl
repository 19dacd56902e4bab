# The console's pages of webhooks. Its handlers choose these texts.

webhooks-lead = Adressen, die erfahren, was hier getan wird, so wie es im Protokoll steht.
webhooks-url = Adresse
webhooks-url-hint = https, am üblichen Port eines öffentlichen Hosts.
webhooks-events = Ereignisse
webhooks-events-hint = Wovon sie erfährt, so wie das Protokoll es nennt.
webhooks-count = { $count ->
    [one] 1 Ereignis
   *[other] { $count } Ereignisse
}
webhooks-empty = Keine Webhooks
webhooks-empty-more = Ein Webhook sagt einer Adresse von Ihnen Bescheid, wenn etwas getan wird: mit einer signierten Nachricht je Ereignis.
webhooks-new = Neuer Webhook
webhooks-new-lead = Nachrichten haben die Form von Standard Webhooks. Was nicht angenommen wird, wird etwa einen Tag lang erneut versucht.
webhooks-disabled-means = Er erfährt nichts. Was wartet, wird aufgegeben, und was inzwischen geschieht, erfährt er nie.
webhooks-secret-once = Der Empfänger prüft die Nachrichten damit. Es wird nicht noch einmal gezeigt.
webhooks-rotate-lead = Nachrichten werden mit beiden Geheimnissen signiert, bis das alte endet, damit der Empfänger wechseln kann.
webhooks-old-secret = Das alte Geheimnis endet
webhooks-delete-title = Webhook { $url } löschen?
webhooks-delete-breaks = Er erfährt nichts mehr. Was noch zu senden war, fällt weg, ebenso die Liste dessen, was gesendet wurde.
webhooks-deliveries = Zustellungen
webhooks-delivery-event = Ereignis
webhooks-delivery-tries = Versuche
webhooks-delivery-status = Letzte Antwort
webhooks-delivery-tried = Letzter Versuch
webhooks-delivery-next = Nächster Versuch
webhooks-delivery-pending = Wartet
webhooks-delivery-delivered = Zugestellt
webhooks-delivery-failed = Gescheitert
webhooks-delivery-empty = Noch nichts gesendet
webhooks-delivery-empty-more = Jedes Ereignis, von dem er erfährt, steht hier dreißig Tage lang, mit dem, was daraus wurde.
webhooks-delivery-replay = Erneut senden
webhooks-delivery-replay-title = { $event } erneut senden?
webhooks-delivery-replay-means = Es wird vom ersten Versuch an gesendet. Die Nachricht hat dieselbe Kennung wie zuvor: Wer sie schon hat, erkennt sie.
webhooks-delivery-replay-failed = Gescheiterte erneut senden
webhooks-delivery-replay-failed-title = Gescheitertes erneut an { $url } senden?
webhooks-delivery-replay-failed-means = Die neuesten 200 Nachrichten, die gescheitert sind. Gibt es mehr, wiederholen Sie es.
