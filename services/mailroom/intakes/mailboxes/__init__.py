"""The shared mailboxes of the mail register: what comes there waits for somebody who registers it."""
