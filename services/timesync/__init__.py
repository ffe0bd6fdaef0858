"""Absences in the time registration show in Outlook and Teams, and disappear again; employees do nothing.

Hears: clock.struck (what is due?) · absences.hinted · absences.reread_wanted · absences.reading_confirmed (read that
       source: what is new, all of it, or all of it and believe it) · absence.reported (by a system that cannot be read)
       absences.changed (compare that employee) · absences.comparison_wanted (everybody) · absences.check_wanted (look
       into that mailbox) · graph.resource_changed (an account came, went or was renamed)
       absence.held · absence.released (its own, heard back: now it is certain that people were told).
Says:  absences.hinted · absences.reread_wanted · absences.changed · absences.comparison_wanted · absences.check_wanted
       absences.shown · absence.held · absence.released · absences.source_failing · absences.source_restored
       absences.rules_taken · absences.rules_refused · absences.team_day.
Keeps: absence records without their reason, digests of accounts, what it wrote in which mailbox, what it replaced
       there, what it holds back.
Shows: to employees who sign in, why they are shown absent and who of their service is not there.
"""
