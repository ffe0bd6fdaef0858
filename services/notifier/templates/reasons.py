"""Reasons of failure in Dutch: what happened, and the first thing to do about it."""

from __future__ import annotations

_REASONS = {
    "attempts_exhausted": ("Alle pogingen mislukten", "Kijk in de console naar de fout van de laatste poging."),
    "card_too_large": ("De kaart is te groot voor Teams", "Meld dit aan de beheerder van de hub."),
    "channel_refused": (
        "De werkstroom van het Teams-kanaal weigert kaarten",
        "Maak een nieuw webhookadres in Teams en vul het in bij de instelling die in de console staat.",
    ),
    "graph_400": ("Microsoft 365 begrijpt de opdracht niet", "Bekijk de fout in de console."),
    "graph_401": ("Microsoft 365 aanvaardt de aanmelding niet", "Controleer het certificaat of de sleutel van de app."),
    "graph_403": ("De app heeft geen toestemming", "Controleer de machtigingen van de app in Entra en op de site."),
    "expiring": (
        "Het vervalt binnen een dag en is nog niet vernieuwd",
        "Kijk in het logboek van webhooks naar de laatste poging.",
    ),
    "graph_404": (
        "Wat de hub zoekt, bestaat niet (meer) in Microsoft 365",
        "Controleer de instelling of herstel het item.",
    ),
    "graph_unreachable": ("Microsoft 365 antwoordt niet", "Controleer de internetverbinding en de proxy."),
    "http_401": ("Het systeem herkent de hub niet", "Vernieuw het geheim in dat systeem en in de instellingen."),
    "http_403": (
        "De hub heeft geen rechten in dat systeem",
        "Geef de API-gebruiker van de hub daar de ontbrekende rechten.",
    ),
    "http_unreachable": ("Het systeem antwoordt niet", "Controleer of het werkt en of de hub het bereikt."),
    "letter_gone": (
        "Het document werd verwijderd voor het gemeld was",
        "Herstel het uit de prullenbak als dat nodig is.",
    ),
    "malformed_delivery": (
        "De levering heeft niet de vorm die de hub verwacht",
        "Vraag de beheerder van dat systeem of er iets wijzigde, en vergelijk met het schema in hub.toml.",
    ),
    "missing": ("Het is er niet, en geen poging zei waarom", "Kijk in het logboek van webhooks."),
    "place_taken": (
        "Een andere hub volgt deze wijzigingen al met dezelfde app-registratie",
        "Stop de andere hub of geef elk een eigen app-registratie.",
    ),
    "rule_not_applicable": (
        "Een regel past op de levering, maar vindt er niet wat hij nodig heeft",
        "Vergelijk de regel in hub.toml met een levering van dat systeem; hub rules test toont wat ervan komt.",
    ),
    "same_name_other_content": (
        "In de projectmap staat een ander document met dezelfde naam",
        "Vergelijk beide documenten en hernoem of verwijder het verkeerde.",
    ),
    "same_version_other_content": (
        "Hetzelfde kenmerk en versienummer kwam binnen met een andere inhoud",
        "Laat de registrator nakijken welk bestand juist is en het met een hogere versie opnieuw aanbieden.",
    ),
    "set_gone": ("De bestanden zijn verdwenen uit de inkomende map", "Zet ze terug of bied het poststuk opnieuw aan."),
    "token_refused": (
        "Aanmelden bij Microsoft lukt niet",
        "Vernieuw het certificaat of geheim van de app in Entra en in de instellingen.",
    ),
    "token_unreachable": ("De aanmelddienst van Microsoft antwoordt niet", "Controleer de internetverbinding."),
    "unknown_channel": ("Het kanaal staat niet meer in de instellingen", "Voeg het kanaal toe in hub.toml."),
    "unknown_event": ("Deze versie van de hub kent dit bericht niet", "Werk de hub bij."),
    "unknown_intake": ("De inkomende map staat niet meer in de instellingen", "Voeg ze toe in hub.toml."),
    "unknown_library": ("De documentbibliotheek bestaat niet", "Controleer de naam in hub.toml."),
    "unreadable_message": ("Het bericht is niet leesbaar", "Zoek uit welk systeem het verstuurde."),
}
_UNKNOWN = ("Er ging iets mis", "Bekijk de fout in de console.")


def explained(reason: str) -> tuple[str, str]:
    """Return what *reason* means and what to do first."""
    return _REASONS.get(reason, _UNKNOWN)
