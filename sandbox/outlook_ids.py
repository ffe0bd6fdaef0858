"""The two forms of an Outlook item's id."""

# an item has one id while it stays in its mailbox (immutable) and one that changes when it moves
# https://learn.microsoft.com/en-us/graph/outlook-immutable-id
IMMUTABLE, MUTABLE = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A", "AAMkADkzNzA4ZDZlLTQ0YmUtNDc3ZC1hODYwLTUwYmQ2"
