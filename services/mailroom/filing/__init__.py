"""How files of a letter come to stand in a library, move between libraries, and are proven."""
