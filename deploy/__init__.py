"""How the hub is run: locally, in containers, on servers."""
