# The console's pages of webhooks. Its handlers choose these texts.

webhooks-lead = Addresses that are told of what is done here, as the audit log has it.
webhooks-url = Address
webhooks-url-hint = https, at the usual port of a public host.
webhooks-events = Events
webhooks-events-hint = What it hears of, as the audit log calls it.
webhooks-count = { $count ->
    [one] 1 event
   *[other] { $count } events
}
webhooks-empty = No webhooks
webhooks-empty-more = A webhook tells an address of yours when something is done, with a signed message for each event.
webhooks-new = New webhook
webhooks-new-lead = Messages have the form of Standard Webhooks. What is not taken is tried again for about a day.
webhooks-disabled-means = It is told nothing. What waits is given up, and what is done meanwhile it never hears of.
webhooks-secret-once = Whoever receives the messages verifies them with it. It is not shown again.
webhooks-rotate-lead = Messages are signed with both secrets until the old one ends, so that the receiver can change over.
webhooks-old-secret = The old secret ends
webhooks-delete-title = Delete the webhook { $url }?
webhooks-delete-breaks = It is told nothing any more. What it was still to be told is dropped, and so is the list of what it was told.
webhooks-deliveries = Deliveries
webhooks-delivery-event = Event
webhooks-delivery-tries = Attempts
webhooks-delivery-status = Last answer
webhooks-delivery-tried = Last attempt
webhooks-delivery-next = Next attempt
webhooks-delivery-pending = Waiting
webhooks-delivery-delivered = Delivered
webhooks-delivery-failed = Failed
webhooks-delivery-empty = Nothing was told yet
webhooks-delivery-empty-more = Each event that it hears of is listed here, for thirty days, with what became of it.
webhooks-delivery-replay = Tell again
webhooks-delivery-replay-title = Tell { $event } again?
webhooks-delivery-replay-means = It is tried from the first attempt on. The message has the same id as before, so that a receiver who has it already knows it.
webhooks-delivery-replay-failed = Tell failed ones again
webhooks-delivery-replay-failed-title = Tell { $url } again what failed?
webhooks-delivery-replay-failed-means = The newest 200 messages that failed. Where there are more, do it again.
