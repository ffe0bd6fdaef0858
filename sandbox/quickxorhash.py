"""The checksum that SharePoint gives every file, fast enough for large ones."""

import base64

_BITS = 160
_SHIFT = 11
_PERIOD = 160  # bytes: after 160 steps of 11 bits every byte stands where the first stood


def quick_xor_hash(content: bytes) -> str:
    """Return the base64 of the 160 bits.

    Each byte is XORed in at position 11 x index (mod 160); the length is XORed into the last eight bytes.
    """
    # https://learn.microsoft.com/en-us/onedrive/developer/code-snippets/quickxorhash
    total = 0
    for index, byte in enumerate(_fold(content)):
        position = index * _SHIFT % _BITS
        total ^= byte << position
    total = (total & (1 << _BITS) - 1) ^ (total >> _BITS)
    total ^= len(content) << (_BITS - 64)
    return base64.b64encode(total.to_bytes(_BITS // 8, "little")).decode()


def _fold(content: bytes) -> bytes:
    """XOR the blocks of one period onto each other, by halves: a few operations on large numbers."""
    while len(content) > _PERIOD:
        half = -(-len(content) // (2 * _PERIOD)) * _PERIOD
        folded = int.from_bytes(content[:half], "little") ^ int.from_bytes(content[half:], "little")
        content = folded.to_bytes(half, "little")
    return content
