"""The rules of incoming e-mail: what it says, what is no mail at all, who wrote it, what it may be about."""
