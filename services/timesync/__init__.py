"""Absences in the time registration become an Outlook event and a scheduled automatic reply, and disappear again.

Hears: clock.struck (what is due?) · absences.hinted (read that source) · absences.changed (compare that employee)
       absences.reread_wanted (read all of that source)
       absence.reported (by a system that cannot be read)
       graph.resource_changed (an account came, went or was renamed)
       absence.held · absence.released (its own, heard back: now it is certain that people were told).
Says:  absences.hinted · absences.changed · absences.shown · absence.held · absence.released.
Keeps: absence records without their reason, what it wrote in which mailbox, what it replaced there, what it holds back.
"""
