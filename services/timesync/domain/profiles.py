"""What colleagues may see of an absence: a profile, never its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """How an absence shows. *reply*: whole days also get an automatic reply."""

    name: str
    show_as: str  # Graph's freeBusyStatus
    label: str
    reply: bool = False
    location: str = ""


# The order is the order of overlap (R19): the first one wins. One neutral label for every absence that is not work:
# if leave and illness were named apart, the absence of a name would tell.
PROFILES: tuple[Profile, ...] = (
    Profile("afwezig", "oof", "Afwezig", reply=True),
    Profile("afwezig_zonder_antwoord", "oof", "Afwezig"),
    Profile("opleiding", "busy", "Opleiding"),
    Profile("dienstverplaatsing", "busy", "Dienstverplaatsing"),
    Profile("bezet", "busy", "Bezet"),
    Profile("telewerk", "workingElsewhere", "Telewerk", location="Thuis"),
    Profile("anderelocatie", "workingElsewhere", "Andere locatie"),
)
SHOWN: dict[str, Profile] = {profile.name: profile for profile in PROFILES}

# Codes may also be mapped to these: known, and nothing to show. Holidays come from the closure calendar (R10).
NEVER_SHOWN: dict[str, str] = {"negeren": "ignored", "feestdag": "public_holiday"}

NAMES: tuple[str, ...] = (*SHOWN, *NEVER_SHOWN)
