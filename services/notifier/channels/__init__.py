"""The places where people are told, one file each."""
