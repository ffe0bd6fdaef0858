"""Registered letters land in the right project folder, with their columns, provably.

hears  clock.struck (look in the intakes) · mail.arrived (file it) · mail.held (set it aside)
       letter.reported (hold it for a person: no intake fetches from a register)
says   mail.arrived · mail.filed · mail.held
keeps  which sets and reported letters it heard of, and where each version of a letter stands; never a subject or a name
"""
