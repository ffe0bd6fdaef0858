"""What people read, in Dutch: one file per event, over the parts in cards.py."""
