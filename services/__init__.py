"""The services of the hub: five processes that talk to each other by events only."""
