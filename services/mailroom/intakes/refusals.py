"""Tells whoever delivered a set, in Dutch, why it was refused and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class _Words(NamedTuple):
    why: str
    what_now: str


# Reasons to put a set where nobody opens it by habit.
DANGEROUS = frozenset({"encrypted_pdf", "active_pdf", "infected", "forbidden_type"})

_AGAIN = "Herstel de oorzaak en plaats de volledige set, met het metadatabestand als laatste, opnieuw in de map."
_REGISTER = (
    "Het stuk blijft in het postregister. Laat deze kopie hier niet staan: wie in deze map kan, kan ze lezen. "
    "Klopt de registratie niet, pas ze in het postregister aan."
)
_DO_NOT_OPEN = (
    "Open het bestand niet en verwittig ICT. Vraag de afzender om het stuk als gewone pdf opnieuw te bezorgen."
)

_REASONS: Mapping[str, _Words] = {
    "unreadable_sidecar": _Words(
        "Het metadatabestand is geen geldige XML of JSON van de postregistratie "
        "(DTD's, entiteiten en dubbele gegevens zijn niet toegelaten).",
        _AGAIN,
    ),
    "invalid_letter": _Words("Het metadatabestand mist verplichte gegevens of bevat ongeldige waarden.", _AGAIN),
    "incomplete_set": _Words(
        "Een bestand dat in het metadatabestand staat, ontbreekt of heeft een andere grootte.", _AGAIN
    ),
    "unregistered_scan": _Words(
        "Niet-geregistreerde scan: bij dit bestand kwam binnen 4 uur geen metadatabestand.",
        "Registreer het stuk in het postregister en plaats het bestand daarna samen met zijn metadatabestand, "
        "het metadatabestand als laatste, opnieuw in de map.",
    ),
    "sha256_mismatch": _Words(
        "De inhoud van een bestand komt niet overeen met de sha256 in het metadatabestand: "
        "het is beschadigd of na de registratie gewijzigd.",
        _AGAIN,
    ),
    "too_large": _Words(
        "De bestanden zijn samen groter dan toegelaten.",
        "Scan het stuk met een lagere resolutie of splits het in het postregister, en bied het opnieuw aan.",
    ),
    "too_many_files": _Words(
        "Het poststuk telt meer bestanden dan toegelaten.", "Splits het in het postregister en bied het opnieuw aan."
    ),
    "extension_not_allowed": _Words(
        "Een bestand heeft een bestandstype dat niet toegelaten is.",
        "Zet het om naar een toegelaten type, bijvoorbeeld pdf, pas de registratie aan en bied het stuk opnieuw aan.",
    ),
    "forbidden_type": _Words(
        "Een bestand is een programma, script, document met macro's of archief (zip), wat ook zijn naam is.",
        _DO_NOT_OPEN,
    ),
    "content_differs_from_type": _Words(
        "De inhoud van een bestand is niet van het type dat zijn naam zegt.",
        "Geef het bestand de juiste extensie of scan het opnieuw, pas de registratie aan en bied het opnieuw aan.",
    ),
    "unreadable_pdf": _Words(
        "Een pdf is beschadigd of kan niet gecontroleerd worden.",
        "Scan het stuk opnieuw, of druk de pdf af naar een nieuwe pdf; pas de registratie aan en bied het opnieuw aan.",
    ),
    "encrypted_pdf": _Words(
        "Een pdf is versleuteld: hij vraagt een wachtwoord of laat niet toe dat zijn tekst gelezen wordt.",
        "Vraag de afzender om het stuk zonder beveiliging opnieuw te bezorgen, en registreer dat bestand.",
    ),
    "active_pdf": _Words(
        "Een pdf doet meer dan tonen: hij bevat een script, een invulformulier dat zelf iets uitvoert, "
        "een opdracht om iets te starten, of een programma als bijlage.",
        _DO_NOT_OPEN,
    ),
    "infected": _Words("De virusscanner vond een virus in een bestand.", _DO_NOT_OPEN),
    "discarded": _Words(
        "Iemand van de ICT-dienst besliste dat dit poststuk niet verwerkt wordt.",
        "Moet het toch verwerkt worden, bied het dan met een hogere versie opnieuw aan.",
    ),
    "confidential": _Words(
        "Het poststuk is vertrouwelijk of geheim en komt daarom niet in een projectmap. Raadpleeg het postregister.",
        _REGISTER,
    ),
    "excluded_series": _Words(
        "De serie van dit poststuk komt nooit in een projectmap, bijvoorbeeld sociale dossiers of personeelszaken.",
        _REGISTER,
    ),
}


def explanation(reference: str, reason: str, fields: Sequence[str] = ()) -> str:
    """Return the text of `reden.txt`: what was refused, why, which fields, and what to do."""
    words = _REASONS.get(reason, _Words(f"Reden: {reason}.", _AGAIN))
    lines = [f"Dit poststuk werd niet verwerkt: {reference}", "", words.why]
    if fields:
        lines.append(f"Na te kijken gegevens: {', '.join(fields)}.")
    return "\n".join([*lines, "", words.what_now, ""])
