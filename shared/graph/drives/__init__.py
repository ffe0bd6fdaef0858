"""Folders, files and columns of a SharePoint document library, and proof that a file arrived whole."""

from shared.graph.drives.columns import ColumnDefinition
from shared.graph.drives.drive import Drive, library
from shared.graph.drives.fingerprints import Fingerprint, fingerprint, quick_xor_hash
from shared.graph.drives.items import Item, item_of
from shared.graph.drives.uploads import FRAGMENT, SMALL, Sessions

__all__ = [
    "FRAGMENT",
    "SMALL",
    "ColumnDefinition",
    "Drive",
    "Fingerprint",
    "Item",
    "Sessions",
    "fingerprint",
    "item_of",
    "library",
    "quick_xor_hash",
]
