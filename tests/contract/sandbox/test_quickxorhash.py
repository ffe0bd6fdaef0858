"""The checksum equals its published definition, for every way in which a length can fall."""

import base64
import random

import pytest

from sandbox.quickxorhash import quick_xor_hash


def by_definition(content: bytes) -> str:
    """Rotate each byte 11 bits further than the one before, XOR, then XOR the length into the end."""
    bits, total = 160, 0
    for index, byte in enumerate(content):
        shift = index * 11 % bits
        total ^= (byte << shift | byte << shift >> bits) & (1 << bits) - 1
    return base64.b64encode((total ^ len(content) << 96).to_bytes(20, "little")).decode()


@pytest.mark.parametrize("length", [0, 1, 159, 160, 161, 319, 320, 321, 4801, 70_000])
def test_the_hash_is_as_defined(length: int) -> None:
    content = random.Random(length).randbytes(length)

    assert quick_xor_hash(content) == by_definition(content)


def test_the_hash_of_nothing_is_zero() -> None:
    assert quick_xor_hash(b"") == "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
