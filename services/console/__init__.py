"""ICT's window on the hub: every queue and every failure as a problem with a cause and a next step.

Hears: every event of the catalogue (that is the journal).
Says:  message.retry_requested.v1, message.discard_requested.v1, absences.reading_confirmed.v1,
       mail.classification_chosen.v1 and mail.registration_chosen.v1, when a person clicks.
Keeps: which messages are parked, which records and letters a source got back, which sources are silent or refused,
       which subscriptions and absence sources fail, which changed settings were refused, which letters and e-mails wait
       for a choice, which answers are due; never a subject or a name.
"""
