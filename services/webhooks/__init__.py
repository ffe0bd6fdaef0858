"""The front door: what other systems tell us becomes events, and Graph's subscriptions stay alive.

Purpose: accept what is authentic, durably, before anybody is told so; broker and Graph play no part in an answer.
Hears:   clock.struck (keep subscriptions and hooks), hook.check_wanted, graph.lifecycle_signalled,
         graph.repair_wanted and source.silent (ask Graph what it did not tell).
Says:    graph.resource_changed, graph.lifecycle_signalled, absences.hinted, absences.reread_wanted, hook.check_wanted,
         graph.repair_wanted.
Keeps:   deliveries (ids and times, no bodies), subscriptions (with a hash of their clientState),
         how far each delta query came,
         webhooks that it made elsewhere (keys sealed).
"""
