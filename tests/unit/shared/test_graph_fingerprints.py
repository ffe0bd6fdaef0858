"""The checksum is the one that SharePoint computes, however long the content."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.graph.drives import fingerprint, quick_xor_hash


def slowly(content: bytes) -> str:
    """Return the hash as the published algorithm describes it, one bit position at a time."""
    state = [0] * 160
    for index, byte in enumerate(content):
        for bit in range(8):
            state[(index * 11 + bit) % 160] ^= byte >> bit & 1
    for bit in range(64):
        state[96 + bit] ^= len(content) >> bit & 1
    packed = bytes(sum(state[8 * place + bit] << bit for bit in range(8)) for place in range(20))
    return base64.b64encode(packed).decode()


@given(st.binary(max_size=1200))
@example(b"")
@example(b"\xff" * 160)
@example(b"\xff" * 161)
@example(bytes(range(256)) * 5)
def test_the_hash_is_the_published_one_however_long_the_content(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "content"
    path.write_bytes(content)

    assert fingerprint(path).hash == slowly(content)
    assert fingerprint(path).size == len(content)


def test_the_hash_of_nothing_is_the_known_one() -> None:
    assert quick_xor_hash(b"", 0) == "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
