"""The front door: what other systems tell becomes events, and what Graph should have told is asked for.

Purpose: accept what is authentic, durably, before anybody is told so; broker and Graph play no part in an answer.
Hears:   clock.struck (keep subscriptions and hooks, call for repairs, notice silences and failings, forget old notes),
         hook.check_wanted, graph.lifecycle_signalled, graph.repair_wanted, source.silent.
Says:    graph.resource_changed, graph.lifecycle_signalled, graph.repair_wanted, absences.hinted,
         absences.reread_wanted, hook.check_wanted, source.silent, source.heard, subscription.failing,
         subscription.restored, delivery.refused;
         by the rules of hub.toml absence.reported, letter.reported, project.reported, notice.requested.
Keeps:   deliveries (ids, sizes and times, no bodies), subscriptions (with a hash of their clientState), how far each
         delta query came, since when each source is silent and each subscription fails, the authority's published
         keys, and sealed: the keys of webhooks that it made elsewhere and of certificates for rich notifications.
"""
