"""The commands of `hub` that are about absences, one file per command."""
