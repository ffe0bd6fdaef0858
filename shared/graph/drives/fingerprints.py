"""The checksum that SharePoint gives every file (quickXorHash), computed here, piece by piece."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

# https://learn.microsoft.com/en-us/onedrive/developer/code-snippets/quickxorhash
_BITS, _SHIFT = 160, 11
_PERIOD = 160  # bytes: 160 steps of 11 bits bring a byte back to the position where it began
_PIECE = _PERIOD * 4096  # bytes read at a time


@dataclass(frozen=True)
class Fingerprint:
    """What proves that two contents are the same: length in bytes and quickXorHash."""

    size: int
    hash: str


def fingerprint(source: Path) -> Fingerprint:
    """Return the fingerprint that SharePoint will give the content of *source*, read piece by piece."""
    size, columns = 0, 0
    with source.open("rb") as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            columns ^= _folded(piece)
    return Fingerprint(size, quick_xor_hash(columns.to_bytes(_PERIOD, "little"), size))


def quick_xor_hash(columns: bytes, size: int) -> str:
    """Return the hash in base64: byte i XORed in at bit 11 x i, turning round at 160, then the length at the end.

    *columns* is content of at most a period's length, or longer content whose periods were XORed together.
    """
    state = 0
    for index, byte in enumerate(columns):
        state ^= byte << (index * _SHIFT % _BITS)
    state = (state ^ (state >> _BITS)) & ((1 << _BITS) - 1)  # what stuck out at the top comes back at the bottom
    state ^= size << (_BITS - 64)
    return base64.b64encode(state.to_bytes(_BITS // 8, "little")).decode()


def _folded(piece: bytes) -> int:
    """XOR the periods of *piece* together, halving it on period boundaries: few operations, each on a large number."""
    while len(piece) > _PERIOD:
        half = (len(piece) // _PERIOD + 1) // 2 * _PERIOD
        piece = (int.from_bytes(piece[:half], "little") ^ int.from_bytes(piece[half:], "little")).to_bytes(
            max(half, len(piece) - half), "little"
        )
    return int.from_bytes(piece, "little")
