"""Registered letters land in the right project folder, with their columns, provably.

hears  clock.struck · mail.collection_due (look in the intakes) · mail.arrived (file it) · mail.held (set it aside)
       letter.reported (fetch it; take out of sight what became secret or was cancelled)
       mail.classification_chosen · projects.changed · project.reported (what waits in the tray has a folder now)
       graph.resource_changed (an e-mail in a shared mailbox) · mail.registration_chosen (it is registered)
       mail.filed · mail.kept (its own: a letter that came by e-mail is registered) · absences.team_day (who is away)
       message.unparked (a set that a person discarded)
says   mail.collection_due · mail.arrived · mail.filed · mail.moved · mail.withdrawn · mail.kept · mail.held ·
       mail.released · mail.classification_chosen · mail.offered · mail.registration_chosen · mail.registered ·
       mail.reply_due · projects.changed · graph.resource_changed (of an e-mail that no notification told)
keeps  what it heard of, where each version of a letter stands and why, step by step; projects and their folders;
       e-mails that wait; who is away; never a subject or the name of a citizen, but sealed until a letter is settled
"""
