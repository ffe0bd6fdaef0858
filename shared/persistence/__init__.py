"""What is remembered: the database of a service, and the ledger in it that owns the work."""
