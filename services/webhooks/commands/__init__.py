"""The commands of `hub` that are about the front door, one file per command."""
