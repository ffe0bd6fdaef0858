"""People hear about it once, where they want it.

hears  mail.filed · project.reported (a card in the project's channel) · notice.requested (where its rule wants it)
       message.parked · source.silent · source.heard · subscription.failing · subscription.restored · delivery.refused
       (a card for ICT)
says   notice.sent
keeps  which notice went to which channel, never what it said; the last status of each project
"""
