"""Tells whoever delivered a set, in Dutch, why it was refused and what to do."""

from __future__ import annotations

from collections.abc import Sequence

_REASONS = {
    "unreadable_sidecar": "Het metadatabestand is geen geldige XML van de postregistratie "
    "(DTD's en entiteiten zijn niet toegelaten).",
    "invalid_letter": "Het metadatabestand mist verplichte gegevens of bevat ongeldige waarden.",
    "incomplete_set": "Een bestand dat in het metadatabestand staat, ontbreekt of heeft een andere grootte.",
    "sha256_mismatch": "De inhoud van een bestand komt niet overeen met de sha256 in het metadatabestand: "
    "het is beschadigd of na de registratie gewijzigd.",
    "too_large": "De bestanden zijn samen groter dan toegelaten.",
    "too_many_files": "Het poststuk telt meer bestanden dan toegelaten.",
    "extension_not_allowed": "Een bestand heeft een bestandstype dat niet toegelaten is.",
    "confidential": "Het poststuk is vertrouwelijk of geheim en komt daarom niet in een projectmap. "
    "Raadpleeg het postregister.",
}
_NEXT = "Herstel de oorzaak en plaats de volledige set, met het metadatabestand als laatste, opnieuw in de map."


def explanation(reference: str, reason: str, fields: Sequence[str] = ()) -> str:
    """Return the text of `reden.txt`: what was refused, why, which fields, and what to do."""
    lines = [f"Dit poststuk werd niet verwerkt: {reference}", "", _REASONS.get(reason, f"Reden: {reason}.")]
    if fields:
        lines.append(f"Na te kijken gegevens: {', '.join(fields)}.")
    if reason != "confidential":
        lines += ["", _NEXT]
    return "\n".join([*lines, ""])
