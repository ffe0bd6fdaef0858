"""Registered letters land in the right project folder, with their columns, provably.

hears  clock.struck (look in the intakes) · mail.arrived (file it) · mail.held (set it aside)
says   mail.arrived · mail.filed · mail.held
keeps  which sets it heard of, and per letter and version where it stands; never a subject or a name
"""
