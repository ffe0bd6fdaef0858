"""The tables of hub.toml that are the front door's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Annotated

from marshmallow import RAISE, ValidationError, fields, validate

from services.webhooks.domain.lifetimes import is_private_calendar, lifetime_of, must_select
from services.webhooks.domain.rhythm import Declared
from services.webhooks.domain.subscriptions import Wanted
from services.webhooks.domain.wishes import LONGEST_NAME, default_subscriptions, twice_wanted
from services.webhooks.sources import SCHEMES
from services.webhooks.sources.signed import ENCODINGS, HEADERS
from shared.contracts import Contract, nested
from shared.errors import Invalid
from shared.oauth import ApiAccess

_HEADER_NAME = validate.Regexp(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z", error="Expected the name of an HTTP header.")

_LONGEST_RESOURCE = 512  # characters, with what is selected of it
# https://learn.microsoft.com/en-us/graph/outlook-change-notifications-overview
_UNTOLD = {"body", "uniqueBody"}
_PROPERTIES = validate.Regexp(r"[A-Za-z]\w*(,[A-Za-z]\w*)*\Z", error="Expected names with commas between.")
_KEY = validate.Regexp(r"[^/'?#\s]{1,256}\Z", error="Expected an address or an id, without blanks, / and '.")

_SOURCE = fields.String(
    validate=[
        validate.Regexp(r"[a-z0-9][a-z0-9-]{0,63}\Z", error="Expected a name in small letters, digits and dashes."),
        validate.NoneOf(("graph", "unknown"), error="Expected another name: this one has a meaning of its own."),
    ]
)


def _known(resource: str) -> None:
    if is_private_calendar(resource):
        raise ValidationError(
            f"{resource}: expected anything but somebody's calendar: Graph would tell the hub of private appointments,"
            " and the hub reads absences from their own system"
        )
    try:
        lifetime_of(resource)
    except Invalid as error:
        raise ValidationError(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class RhythmPolicy(Contract):
    """`[webhooks.sources.<name>.rhythm]`: the longest that the source may be quiet, and when that counts."""

    UNKNOWN = RAISE
    minutes: Annotated[int, fields.Integer(validate=validate.Range(1, 60 * 24 * 60))]
    days: Annotated[list[int], fields.List(fields.Integer(validate=validate.Range(1, 7)))] = field(
        default_factory=lambda: [1, 2, 3, 4, 5, 6, 7]
    )
    starts: Annotated[time, fields.Time("%H:%M")] = time.min
    ends: Annotated[time, fields.Time("%H:%M")] = time.max

    @property
    def declared(self) -> Declared:
        days = frozenset(day - 1 for day in self.days)  # people count from Monday is 1, as ISO 8601
        return Declared(timedelta(minutes=self.minutes), days, self.starts, self.ends)


@dataclass(frozen=True, kw_only=True)
class HookApiPolicy(ApiAccess):
    """`[webhooks.sources.<name>.api]`: where the hub makes the webhook itself. *client_secret* names a setting."""

    collection: Annotated[str, fields.String(validate=validate.Regexp(r"^[a-z-]{1,64}$"))] = "absences"


@dataclass(frozen=True, kw_only=True)
class SourcePolicy(Contract):
    """`[webhooks.sources.<name>]`: who may post to /hooks/<name>, and which absence system it speaks for."""

    UNKNOWN = RAISE
    scheme: Annotated[str, fields.String(validate=validate.OneOf(tuple(SCHEMES)))]
    secrets: Annotated[
        list[str] | None, fields.List(fields.String(), validate=validate.Length(min=1), allow_none=True)
    ] = None
    absences: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(1, 64))] = None
    per_minute: Annotated[int, fields.Integer(validate=validate.Range(1, 100_000))] = 600
    tolerance_seconds: Annotated[int | None, fields.Integer(allow_none=True, validate=validate.Range(1, 86_400))] = None
    headers: Annotated[
        dict[str, str] | None,
        fields.Dict(
            fields.String(validate=validate.OneOf(HEADERS)), fields.String(validate=_HEADER_NAME), allow_none=True
        ),
    ] = None
    encoding: Annotated[str | None, fields.String(allow_none=True, validate=validate.OneOf(ENCODINGS))] = None
    prefix: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=32))] = None
    signed: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=256))] = None
    watch: Annotated[bool, fields.Boolean()] = True
    rhythm: Annotated[RhythmPolicy | None, nested(RhythmPolicy, allow_none=True)] = None
    api: Annotated[HookApiPolicy | None, nested(HookApiPolicy, allow_none=True)] = None


@dataclass(frozen=True, kw_only=True)
class SubscriptionPolicy(Contract):
    """`[webhooks.subscriptions.<name>]`: what Graph shall tell us of."""

    UNKNOWN = RAISE
    resource: Annotated[str, fields.String(validate=[validate.Length(1, _LONGEST_RESOURCE), _known])]
    change_types: Annotated[str, fields.String(validate=validate.Length(1, 64))] = "updated"
    rich: Annotated[bool, fields.Boolean()] = False
    select: Annotated[str | None, fields.String(allow_none=True, validate=_PROPERTIES)] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if faults := self._rich_faults():
            raise ValidationError(faults)  # marshmallow's own, so that it knows the place in the file

    @property
    def watched(self) -> str:
        """Return the resource as Graph is asked for it."""
        return f"{self.resource}?$select={self.select}" if self.select else self.resource

    def _rich_faults(self) -> dict[str, list[str]]:
        if not self.rich:
            return {"select": ["Expected rich = true beside it: Graph tells no properties."]} if self.select else {}
        try:
            lifetime_of(self.resource, rich=True)
        except Invalid as error:
            return {"resource": [str(error)]}
        if self.select is None:
            faults = ["Required for a rich subscription to something of Outlook."]
            return {"select": faults} if must_select(self.resource) else {}
        is_good = len(self.watched) <= _LONGEST_RESOURCE and _UNTOLD.isdisjoint(self.select.split(","))
        return {} if is_good else {"select": [f"Expected a shorter list without {' and '.join(sorted(_UNTOLD))}."]}


@dataclass(frozen=True, kw_only=True)
class WebhooksPolicy(Contract):
    """The table `[webhooks]` of hub.toml."""

    UNKNOWN = RAISE
    people: Annotated[bool, fields.Boolean()] = True
    mailboxes: Annotated[list[str], fields.List(fields.String(validate=_KEY))] = field(default_factory=list)
    drives: Annotated[list[str], fields.List(fields.String(validate=_KEY))] = field(default_factory=list)
    rotate_days: Annotated[int, fields.Integer(validate=validate.Range(1, 3650))] = 90
    repair_hours: Annotated[float, fields.Float(validate=validate.Range(0.25, 168))] = 6.0
    sources: Annotated[dict[str, SourcePolicy], fields.Dict(_SOURCE, nested(SourcePolicy))] = field(
        default_factory=dict
    )
    subscriptions: Annotated[
        dict[str, SubscriptionPolicy],
        fields.Dict(fields.String(validate=validate.Length(1, LONGEST_NAME)), nested(SubscriptionPolicy)),
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if twice := twice_wanted(self.wanted):
            faults = f"{twice}: expected one subscription to each resource"
            raise ValidationError({"subscriptions": [faults]})  # marshmallow's own, so that it knows the place

    @property
    def wanted(self) -> list[Wanted]:
        """Return every subscription that is asked for; one that is described wins from a default of its name."""
        own = [Wanted(name, one.watched, one.change_types, one.rich) for name, one in self.subscriptions.items()]
        described = {one.name: one for one in own}
        defaults = default_subscriptions(people=self.people, mailboxes=self.mailboxes, drives=self.drives)
        return list(({one.name: one for one in defaults} | described).values())
