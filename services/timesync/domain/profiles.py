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

    @property
    def works(self) -> bool:
        """Tell whether the employee is at work, though not at his desk."""
        return self.show_as == "workingElsewhere"


REQUESTED = "aangevraagd"  # what is asked and not granted yet; no code leads to it

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
    Profile(REQUESTED, "tentative", "Afwezig (aangevraagd)"),
)
SHOWN: dict[str, Profile] = {profile.name: profile for profile in PROFILES}
ORDER: dict[str, int] = {profile.name: place for place, profile in enumerate(PROFILES)}

# Codes may also be mapped to these: known, and nothing to show. Holidays come from the closure calendar (R10).
NEVER_SHOWN: dict[str, str] = {"negeren": "ignored", "feestdag": "public_holiday"}

NAMES: tuple[str, ...] = (*(name for name in SHOWN if name != REQUESTED), *NEVER_SHOWN)
