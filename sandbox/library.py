"""A SharePoint document library: folders, files and their columns, without HTTP."""

import base64
import itertools
import re
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast
from urllib.parse import quote

from sandbox.columns import Column, check_unique, check_values
from sandbox.errors import GraphError, bad_request, not_found
from sandbox.quickxorhash import quick_xor_hash

Json = dict[str, Any]
Conflict = Literal["fail", "replace", "rename"]

# https://support.microsoft.com/office/restrictions-and-limitations-in-onedrive-and-sharepoint
_ILLEGAL = re.compile(
    r'["*:<>?/\\|#%]|^[ ~]|[ .]$|_vti_|^\.lock$|^desktop\.ini$|^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$', re.IGNORECASE
)
_LONGEST_PATH = 400
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Version:
    """One content that a file had."""

    number: int
    size: int
    modified: datetime


@dataclass
class Item:
    """A folder or a file. *dates* are those that a client gave: created, modified."""

    name: str
    parent: str | None  # id
    is_folder: bool
    created: datetime
    modified: datetime
    number: int  # of the list item
    content: bytes = b""
    hash: str = ""
    version: int = 1
    content_version: int = 1
    fields: Json = field(default_factory=dict)
    dates: tuple[datetime | None, datetime | None] = (None, None)
    versions: list[Version] = field(default_factory=list)
    guid: uuid.UUID = field(default_factory=uuid.uuid4)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))  # in its download address

    @property
    def id(self) -> str:
        return "01" + base64.b32encode(self.guid.bytes).decode().rstrip("=")

    @property
    def etag(self) -> str:
        return f'"{{{str(self.guid).upper()}}},{self.version}"'

    @property
    def ctag(self) -> str:
        return f'"c:{{{str(self.guid).upper()}}},{self.content_version}"'


@dataclass
class Library:
    """One drive. Names are compared without case, as SharePoint does."""

    id: str
    list_id: str
    name: str
    site: Json
    columns: tuple[Column, ...]
    created: datetime

    def __post_init__(self) -> None:
        self.web_url = f"{self.site['webUrl']}/{quote(self.name)}"
        self.root = Item("root", None, is_folder=True, created=self.created, modified=self.created, number=0)
        self.items: dict[str, Item] = {self.root.id: self.root}
        self._numbers = itertools.count(1)
        self._below: dict[str, dict[str, Item]] = {}  # id of the folder -> lower-case name -> item

    def item(self, item_id: str) -> Item:
        if item_id == "root":
            return self.root
        try:
            return self.items[item_id]
        except KeyError as error:
            raise not_found("The resource could not be found.") from error

    def at(self, path: str, start: Item | None = None) -> Item:
        """Return what stands at *path* below *start* (or the root). Raises: GraphError 404."""
        item = start or self.root
        for name in filter(None, path.split("/")):
            found = self.child(item, name)
            if found is None:
                raise not_found("The resource could not be found.")
            item = found
        return item

    def child(self, parent: Item, name: str) -> Item | None:
        return self._below.get(parent.id, {}).get(name.lower())

    def children(self, parent: Item) -> list[Item]:
        return list(self._below.get(parent.id, {}).values())

    def path(self, item: Item) -> str:
        """Return the path of *item* below the root: `A40003 - Digitaal loket/brief.pdf`."""
        names = []
        while item.parent is not None:
            names.append(item.name)
            item = self.items[item.parent]
        return "/".join(reversed(names))

    def add_folder(self, parent: Item, name: str, conflict: Conflict, now: datetime) -> Item:
        """Create a folder. Raises: GraphError 400 for its name, 409 when it exists and *conflict* is `fail`."""
        return self._place(parent, name, conflict, now, is_folder=True)[0]

    def put_file(self, parent: Item, name: str, content: bytes, conflict: Conflict, now: datetime) -> tuple[Item, bool]:
        """Write a file; the answer says whether it is new. Raises: GraphError as add_folder."""
        item, is_new = self._place(parent, name, conflict, now, is_folder=False)
        self.write(item, content, now)
        return item, is_new

    def write(self, item: Item, content: bytes, now: datetime) -> None:
        item.content, item.hash, item.modified = content, quick_xor_hash(content), now
        # https://learn.microsoft.com/en-us/graph/api/resources/filesysteminfo#notes
        item.dates = (item.dates[0], None)
        item.versions.append(Version(len(item.versions) + 1, len(content), now))
        item.version += 1
        item.content_version += 1

    def check_free(self, parent: Item, name: str, conflict: Conflict) -> None:
        """Raises: GraphError when a new item of this name would be refused."""
        self._check_name(parent, name)
        if conflict == "fail" and self.child(parent, name):
            raise GraphError(409, "nameAlreadyExists", "An item with the same name already exists under the parent.")

    def set_fields(self, item: Item, values: Json, now: datetime) -> None:
        """Fill columns. Raises: GraphError 400, and then none is filled."""
        check_values(self.columns, values)
        check_unique(self.columns, values, [each.fields for each in self.items.values() if each is not item])
        item.fields |= values
        item.modified, item.version = now, item.version + 1

    def add_column(self, column: Column) -> None:
        """Raises: GraphError 409 when there is one of that name."""
        if any(each.name.lower() == column.name.lower() for each in self.columns):
            raise GraphError(409, "nameAlreadyExists", "A column with the specified name already exists.")
        self.columns = (*self.columns, column)

    def move(self, item: Item, parent: Item, name: str, now: datetime) -> None:
        """Give *item* another place, name, or both. Raises: GraphError 400, 409, and then nothing moved."""
        if item.parent is None:
            raise bad_request("The root cannot be moved.")
        if not parent.is_folder or item.id in self._above(parent):
            raise bad_request("The item cannot stand there.")
        self._check_name(parent, name)
        if self.child(parent, name) not in (None, item):
            raise GraphError(409, "nameAlreadyExists", "An item with the same name already exists under the parent.")
        del self._below[item.parent][item.name.lower()]
        item.name, item.parent, item.modified, item.version = name, parent.id, now, item.version + 1
        self._below.setdefault(parent.id, {})[name.lower()] = item

    def _above(self, item: Item) -> set[str]:
        """Return the ids of *item* and of every folder that it is in."""
        ids = {item.id}
        while item.parent is not None:
            item = self.items[item.parent]
            ids.add(item.id)
        return ids

    def remove(self, item: Item) -> None:
        """Delete *item* and all below it."""
        for each in self.children(item):
            self.remove(each)
        del self.items[item.id]
        self._below.get(item.parent or "", {}).pop(item.name.lower(), None)

    def _place(
        self, parent: Item, name: str, conflict: Conflict, now: datetime, *, is_folder: bool
    ) -> tuple[Item, bool]:
        if not parent.is_folder:
            raise bad_request("The parent is not a folder.")
        self.check_free(parent, name, conflict)
        there = self.child(parent, name)
        if there and conflict == "replace" and there.is_folder == is_folder:
            return there, False
        if there and conflict == "replace":
            raise GraphError(409, "nameAlreadyExists", "A folder and a file cannot replace each other.")
        made = Item(self._free_name(parent, name), parent.id, is_folder, now, now, next(self._numbers))
        self.items[made.id] = made
        self._below.setdefault(parent.id, {})[made.name.lower()] = made
        return made, True

    def _free_name(self, parent: Item, name: str) -> str:
        stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
        candidate, number = name, 0
        while self.child(parent, candidate):
            number += 1
            candidate = f"{stem} {number}{dot}{suffix}"
        return candidate

    def _check_name(self, parent: Item, name: str) -> None:
        path = f"{self.path(parent)}/{name}"
        at_root = parent is self.root and name.lower() == "forms"
        if not name or at_root or _ILLEGAL.search(name) or len(name) > _LONGEST_NAME or len(path) > _LONGEST_PATH:
            raise bad_request(f"The provided name '{name}' is not valid.")


def conflict_behaviour(value: Any) -> Conflict:
    if value not in ("fail", "replace", "rename"):
        raise bad_request(f"'{value}' is not a conflict behavior.")
    return cast("Conflict", value)
