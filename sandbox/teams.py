"""Teams: a group of people, its channels, and the folder of the library behind each."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Channel:
    """A channel; its folder (drive, item) is made when somebody opens its Files tab for the first time."""

    id: str  # 19:…@thread.tacv2
    name: str
    folder: tuple[str, str] | None = None
    membership: Literal["standard", "private", "shared"] = "standard"


@dataclass
class Team:
    """The team of the group with the same *id*, which has its members; *outside* are people of other tenants."""

    id: str
    owners: set[str]
    channels: dict[str, Channel] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)  # id of the account -> tenant, in shared channels
