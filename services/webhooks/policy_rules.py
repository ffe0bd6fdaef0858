"""The `[[rule]]` tables of hub.toml: what a delivery of any system becomes, for those who write no programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from marshmallow import RAISE, ValidationError, fields, validate

from services.webhooks.domain.paths import Path
from services.webhooks.domain.recipes import Absence, Letter, Notice, Project, Recipe
from services.webhooks.domain.rules import Rule, Seal, Slot
from services.webhooks.domain.words import places
from shared.config import Policy
from shared.contracts import Contract, nested
from shared.errors import Invalid
from shared.events.reported import PRIVACY

ALWAYS = "`true`"
CONFIDENTIAL = "vertrouwelijk"
KEPT_WHEN_CONFIDENTIAL = frozenset({"id", "link", "project"})  # they lead to the matter, and tell nothing of it


def _path(text: str) -> None:
    try:
        Path(text)
    except Invalid as error:
        raise ValidationError(str(error)) from error


def _template(text: str) -> None:
    try:
        places(text)
    except Invalid as error:
        raise ValidationError(str(error)) from error


_SLUG = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,63}\Z", error="expected small letters, digits and -, at most 64")
_FIELD = validate.Regexp(r"[a-z][a-z0-9_]{0,63}\Z", error="expected a name of small letters, digits and _")
_PATH: Sequence[Callable[[Any], Any]] = (validate.Length(1, 500), _path)
_NAME = validate.Length(1, 64)
_WORDS = fields.Dict(fields.String(), fields.String(validate=validate.Length(1, 64)))


@dataclass(frozen=True, kw_only=True)
class RulePolicy(Contract):
    """What every `[[rule]]` has. *values* translates the words of the system, by field."""

    UNKNOWN = RAISE
    name: Annotated[str, fields.String(validate=_SLUG)]
    source: Annotated[str, fields.String(validate=_NAME)]
    makes: Annotated[str, fields.String()]
    when: Annotated[str, fields.String(validate=_PATH)] = ALWAYS
    values: Annotated[dict[str, dict[str, str]], fields.Dict(fields.String(), _WORDS)] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if faults := dict(self.faults()):
            listed = "; ".join(f"{place}: {' '.join(wrong)}" for place, wrong in faults.items())
            raise Invalid("invalid_rule", f"rule {self.name}: {listed}", faults)

    def faults(self) -> Iterator[tuple[str, list[str]]]:
        """Yield what is wrong between keys that are right by themselves."""
        for name in self.values:
            if name not in self.paths():
                yield f"values.{name}", [f"[rule.fields] has no {name}"]

    def paths(self) -> Mapping[str, str]:
        """Return the expression of each field that the rule has."""
        declared = self.fields  # type: ignore[attr-defined]  # every kind of rule has its own
        if isinstance(declared, Mapping):
            return declared
        return {name: path for name, path in dataclasses.asdict(declared).items() if path is not None}

    def recipe(self) -> Recipe:
        """Return what this kind of rule makes."""
        raise NotImplementedError

    def words(self) -> Mapping[str, Mapping[str, str]]:
        """Return our words for those of the system, by field."""
        return self.values

    def rule(self, seal: Seal) -> Rule:
        """Compile the rule. Capitals make no difference in what is translated. What must be sealed, *seal* does."""
        words = {name: {key.casefold(): ours for key, ours in table.items()} for name, table in self.words().items()}
        slots = {name: Slot(Path(path), words.get(name, {})) for name, path in self.paths().items()}
        return Rule(self.name, self.source, Path(self.when), slots, self.recipe(), seal)


@dataclass(frozen=True, kw_only=True)
class NoticeRule(RulePolicy):
    """`makes = "notice"`. Of what is vertrouwelijk only the rule's own words travel, and what leads to the matter."""

    privacy: Annotated[str, fields.String(validate=validate.OneOf(PRIVACY))]
    title: Annotated[str, fields.String(validate=[validate.Regexp(r"\s*\S"), validate.Length(max=200), _template])]
    text: Annotated[str | None, fields.String(allow_none=True, validate=[validate.Length(max=2000), _template])] = None
    channel: Annotated[str | None, fields.String(allow_none=True, validate=_NAME)] = None
    fields: Annotated[dict[str, str], fields.Dict(fields.String(validate=_FIELD), fields.String(validate=_PATH))] = (
        field(default_factory=dict)
    )

    def faults(self) -> Iterator[tuple[str, list[str]]]:
        yield from super().faults()
        shown = {name: list(places(text or "")) for name, text in (("title", self.title), ("text", self.text))}
        for key, names in shown.items():
            for name in names:
                if self.privacy == CONFIDENTIAL:
                    yield key, [f"{{{name}}}: what is {CONFIDENTIAL} shows no field, the rule's own words only"]
                elif name not in self.fields:
                    yield key, [f"{{{name}}}: [rule.fields] has no {name}"]
        for name in sorted(self.fields.keys() - KEPT_WHEN_CONFIDENTIAL):
            if self.privacy == CONFIDENTIAL:
                yield f"fields.{name}", [f"what is {CONFIDENTIAL} may have id, link and project only"]
            elif not any(name in names for names in shown.values()):
                yield f"fields.{name}", [f"neither title nor text shows {{{name}}}"]

    def recipe(self) -> Notice:
        return Notice(self.privacy, self.title, self.text, self.channel)


def _at(*, required: bool = False) -> fields.String:
    return fields.String(validate=_PATH, allow_none=not required)


@dataclass(frozen=True, kw_only=True)
class LetterFields(Contract):
    UNKNOWN = RAISE
    kenmerk: Annotated[str, _at(required=True)]
    version: Annotated[str | None, _at()] = None
    change: Annotated[str | None, _at()] = None
    project: Annotated[str | None, _at()] = None
    link: Annotated[str | None, _at()] = None
    record: Annotated[str | None, _at()] = None


@dataclass(frozen=True, kw_only=True)
class LetterRule(RulePolicy):
    """`makes = "letter"`. No field of a letter tells what it is about, whatever its privacy; its record is sealed."""

    privacy: Annotated[str, fields.String(validate=validate.OneOf(PRIVACY))]
    fields: Annotated[LetterFields, nested(LetterFields)]

    def faults(self) -> Iterator[tuple[str, list[str]]]:
        yield from super().faults()
        if "record" in self.values:
            yield "values.record", ["a record is sealed as it came"]

    def recipe(self) -> Letter:
        return Letter(self.privacy)


@dataclass(frozen=True, kw_only=True)
class AbsenceFields(Contract):
    """*last* must be asked for: a rule without it would make every absence one without an end."""

    UNKNOWN = RAISE
    id: Annotated[str, _at(required=True)]
    employee: Annotated[str, _at(required=True)]
    first: Annotated[str, _at(required=True)]
    last: Annotated[str, _at(required=True)]
    part: Annotated[str | None, _at()] = None
    starts: Annotated[str | None, _at()] = None
    ends: Annotated[str | None, _at()] = None
    state: Annotated[str | None, _at()] = None
    version: Annotated[str | None, _at()] = None
    code: Annotated[str | None, _at()] = None


@dataclass(frozen=True, kw_only=True)
class AbsenceRule(RulePolicy):
    """`makes = "absence"`. The code dies here: what leaves is the profile that *profiles* has for it, or *profile*."""

    fields: Annotated[AbsenceFields, nested(AbsenceFields)]
    profile: Annotated[str | None, fields.String(allow_none=True, validate=_NAME)] = None
    profiles: Annotated[dict[str, str], _WORDS] = field(default_factory=dict)

    def faults(self) -> Iterator[tuple[str, list[str]]]:
        yield from super().faults()
        if "code" in self.values:
            yield "values.code", ["write [rule.profiles]"]
        if bool(self.fields.starts) != bool(self.fields.ends):
            yield "fields.starts", ["expected both `starts` and `ends`, or neither"]
        if bool(self.profile) == bool(self.profiles):
            yield "profile", ["expected either one profile for all, or [rule.profiles] with the profile of each code"]
        if bool(self.profiles) != bool(self.fields.code):
            yield "profiles", ["expected [rule.profiles] together with `code` in [rule.fields]"]

    def words(self) -> Mapping[str, Mapping[str, str]]:
        return {**self.values, "code": self.profiles}

    def recipe(self) -> Absence:
        return Absence(self.profile)


@dataclass(frozen=True, kw_only=True)
class ProjectFields(Contract):
    UNKNOWN = RAISE
    code: Annotated[str, _at(required=True)]
    status: Annotated[str, _at(required=True)]
    title: Annotated[str | None, _at()] = None
    link: Annotated[str | None, _at()] = None


@dataclass(frozen=True, kw_only=True)
class ProjectRule(RulePolicy):
    """`makes = "project"`."""

    fields: Annotated[ProjectFields, nested(ProjectFields)]

    def recipe(self) -> Project:
        return Project()


KINDS: Mapping[str, type[RulePolicy]] = {
    "notice": NoticeRule,
    "letter": LetterRule,
    "absence": AbsenceRule,
    "project": ProjectRule,
}


def load_rule(raw: Any) -> RulePolicy:
    """Load one `[[rule]]` as the kind that it makes.

    Raises: Invalid naming every faulty key.
    """
    makes = raw.get("makes") if isinstance(raw, Mapping) else None
    if not isinstance(makes, str) or makes not in KINDS:
        raise Invalid("invalid_rule", "rule: makes nothing known", {"makes": [f"expected one of {', '.join(KINDS)}"]})
    return KINDS[makes].load(raw)


def unshown(_: str) -> str:
    """Stand in for a seal where rules are only tried."""
    return "(sealed)"


def rules_of(policy: Policy, sources: Collection[str], seal: Seal | None) -> list[Rule]:
    """Return the rules of hub.toml, each about one of *sources*. *seal* closes records; None: there is no key for it.

    Raises: Invalid naming every faulty key with the line to mend.
    """
    entries = policy.entries("rule", load_rule)
    faults: dict[str, list[str]] = {}
    names = [one.name for one in entries]
    for place, one in enumerate(entries):
        if one.source not in sources:
            faults[f"rule.{place}.source"] = [f"{one.source!r} is none of [webhooks.sources]"]
        if one.name in names[:place]:
            faults[f"rule.{place}.name"] = [f"{one.name!r} is the name of another rule"]
        if seal is None and "record" in one.paths() and isinstance(one, LetterRule):
            faults[f"rule.{place}.fields.record"] = ["expected HUB_VAULT_KEY to be set: a record travels sealed only"]
    if faults:
        raise policy.refusal("rule", faults)
    return [one.rule(seal or unshown) for one in entries]
