"""The front door: what other systems tell us becomes events, and Graph's subscriptions stay alive.

Purpose: accept what is authentic, durably, before anybody is told so; broker and Graph play no part in an answer.
Hears:   clock.struck (keep the subscriptions), graph.lifecycle_signalled.
Says:    graph.resource_changed, graph.lifecycle_signalled, absences.hinted.
Keeps:   deliveries (ids and times, no bodies), subscriptions (with a hash of their clientState).
"""
