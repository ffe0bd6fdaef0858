"""What webhooks remembers, one file per aggregate."""
