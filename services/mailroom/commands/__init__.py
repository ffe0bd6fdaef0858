"""Commands of `hub` that are about registered letters."""
