"""What the deltas track: accounts, the items of a library, the messages of a folder."""

from collections.abc import Iterable

import orjson

from sandbox.directory import DEFAULT_PROPERTIES, DIRECTORY_DEFAULTS
from sandbox.errors import bad_request
from sandbox.graph.drive_items import PROPERTIES, rendered_change, rendered_removal
from sandbox.graph.messages import shown
from sandbox.graph.odata import message_filter, property_filter
from sandbox.graph.protocol import Preferences, names_of
from sandbox.library import Library
from sandbox.mail import Folder, Mail, Message, immutable_id
from sandbox.rounds import CHANGES, Collection, Entry, Options
from sandbox.state import Json, Tenant


def users(tenant: Tenant, options: Options) -> Collection:
    """Return the accounts, of which a change in a property that was not selected is no change."""
    names = names_of(options.get("$select"), DIRECTORY_DEFAULTS) or DEFAULT_PROPERTIES
    matches = property_filter(options.get("$filter"), {"id"})
    entries = {id_: _user(tenant, user, names) for id_, user in tenant.users.items() if matches(user)}
    for id_, user in tenant.deleted_users.items():
        if matches(user):
            entries[id_] = Entry("removed", _removed(id_, "changed"), is_removed=True)
    return Collection(entries, lambda id_, _: _removed(id_, "deleted"))


def _user(tenant: Tenant, user: Json, names: Iterable[str]) -> Entry:
    """Leave out what was never set; what was set to nothing is told."""
    # https://learn.microsoft.com/en-us/graph/api/user-delta#response
    value = {
        name: user[name]
        for name in dict.fromkeys(["id", *names])
        if user[name] is not None or (user["id"], name) in tenant.emptied
    }
    return Entry(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode(), value)


def _removed(user_id: str, reason: str) -> Json:
    return {"id": user_id, "@removed": {"reason": reason}}


def items(library: Library, options: Options, *, with_parents: bool) -> Collection:
    """Return the folders and files of *library*, the root included."""
    names = names_of(options.get("$select"), PROPERTIES)
    entries = {
        item.id: Entry(
            f"{'folder' if item.is_folder else 'file'} {item.etag}", _chosen(rendered_change(library, item), names)
        )
        for item in library.items.values()
    }

    def gone(item_id: str, mark: str) -> Json:
        return rendered_removal(library, item_id, mark.partition(" ")[0])

    def above(ids: Iterable[str]) -> set[str]:
        # https://learn.microsoft.com/en-us/graph/api/driveitem-delta#request-headers - unless deltaExcludeParent
        return _above(library, ids) if with_parents else set()

    return Collection(entries, gone, above)


def _above(library: Library, ids: Iterable[str]) -> set[str]:
    above = {library.root.id}
    for id_ in ids:
        parent = library.items[id_].parent
        while parent is not None:
            above.add(parent)
            parent = library.items[parent].parent
    return above


def messages(mail: Mail, folder: Folder, wishes: Preferences, options: Options) -> Collection:
    """Return the messages in *folder*; one that moved away is gone."""
    matches = message_filter(options.get("$filter"), ("received",))
    if options.get("$orderby", "receivedDateTime desc") != "receivedDateTime desc":
        raise bad_request("Messages are ordered by receivedDateTime desc only.", "ErrorInvalidUrlQuery")
    kinds = frozenset({options["changeType"]}) if "changeType" in options else CHANGES
    if not kinds <= CHANGES:
        raise bad_request(f"The changeType is one of {sorted(CHANGES)}.", "ErrorInvalidUrlQuery")
    found = sorted(filter(matches, mail.inside(folder)), key=lambda each: each.received, reverse=True)
    entries = {each.public_id(immutable=False): _message(each, wishes, options) for each in found}

    def gone(id_: str, _: str) -> Json:
        seen_as = immutable_id(id_) if wishes.immutable else id_
        return {"@odata.type": "#microsoft.graph.message", "id": seen_as, "@removed": {"reason": "deleted"}}

    return Collection(entries, gone, kinds=kinds)


def _message(message: Message, wishes: Preferences, options: Options) -> Entry:
    select = options.get("$select", "")
    value = shown(message, wishes, select)
    return Entry(message.etag, _chosen(value, names_of(select, value)))


def _chosen(value: Json, names: list[str]) -> Json:
    if not names:
        return value
    return {name: each for name, each in value.items() if name in names or name == "id" or name.startswith("@odata")}
