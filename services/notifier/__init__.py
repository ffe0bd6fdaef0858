"""People hear about it once, where they want it.

hears  mail.filed · mail.moved · mail.withdrawn · mail.reply_due · project.reported (a card in the project's channel)
       notice.requested (where its rule wants it)
       message.parked · source.silent · source.heard · subscription.failing · subscription.restored · delivery.refused
       absences.source_failing · absences.source_restored · absences.rules_refused · absence.held of a whole reading
       (a card for ICT)
       absences.team_day (a card in the service's channel, when it has one)
       absences.rules_taken · absence.released (no card: what comes after is news again)
says   notice.sent
keeps  which notice went to which channel, never what it said; how each project, source and file of settings stands
"""
