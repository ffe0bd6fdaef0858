"""People hear about it once, where they want it.

hears  mail.filed (a card in the project's channel) · message.parked (a card for ICT)
says   notice.sent
keeps  which notice went to which channel; never what it said
"""
