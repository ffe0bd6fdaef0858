"""One file per sending system's scheme; a scheme is added by its file and a line in wiring.py."""
