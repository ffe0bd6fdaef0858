"""The ways in which registered letters reach the hub, one file each."""
