"""Why something of a source is not shown: a slug for machines, a sentence for the people who can mend it."""

from __future__ import annotations

EXPLANATIONS: dict[str, str] = {
    "unknown_code": "De code van deze registratie is nog niet gekoppeld aan een profiel. Zoek ze op in de bron en vul "
    "ze aan in de instellingen; daarna wordt de afwezigheid vanzelf verwerkt.",
    "unknown_profile": "De regel van dit systeem maakte van de reden een profiel dat de hub niet kent. Verbeter de "
    "regel in de instellingen en laat het systeem de afwezigheid opnieuw melden.",
    "unknown_person": "Dit personeelsnummer hoort bij geen enkele account in Microsoft 365.",
    "ambiguous_person": "Dit personeelsnummer staat bij meer dan één account in Microsoft 365, of zijn aanmeldnaam bij "
    "meer dan één medewerker. Laat er één staan.",
    "impossible_date": "De datum, het uur of het dagdeel van deze registratie bestaat niet. Verbeter ze in de bron.",
    "unknown_half": "De bron zegt niet welke helft van de dag bedoeld is. Zeg in de instellingen wat een halve dag "
    "daar betekent (half_days), of registreer de afwezigheid met uren.",
    "unknown_hours": "De bron zegt hoeveel uren de afwezigheid duurt, en niet welke. Registreer ze met een begin en "
    "een einde.",
    "unknown_status": "De status van deze registratie is niet bekend. Verwacht: goedgekeurd, aangevraagd, geweigerd of "
    "geannuleerd.",
    "incomplete_row": "Deze registratie mist een verplicht gegeven. Vul ze aan in de bron.",
    "mass_deletion_blocked": "De bron leverde plots veel minder afwezigheden dan de vorige keer. Er werd niets "
    "verwijderd; kijk na of de bron volledig is.",
    "mass_change_blocked": "Door wat de bron nu zegt, zouden de meeste mensen hun komende afwezigheden kwijt zijn. Er "
    "werd niets gewijzigd; kijk de bron na, en geef de lezing vrij als ze klopt.",
    "duplicate_row": "Deze regel staat er meermaals; hij telt één keer.",
    "superseded_row": "Van deze aanvraag staat een recentere versie in het bestand; die telt.",
    "changed_by_owner": "De medewerker paste de afspraak zelf aan. De hub blijft er verder af.",
    "no_mailbox": "Deze medewerker heeft geen postbus; er is niets om te tonen.",
    "status_refused": "Microsoft weigert de statusregels in Teams. Geef de app de rechten Presence.Read.All en "
    "Presence.ReadWrite.All, of zet status_message af in hub.toml. Agenda's en antwoorden gaan gewoon door.",
    "guard_refused": "Microsoft weigert de telefoonwacht in Teams. Geef de app de rechten Presence.Read.All en "
    "Presence.ReadWrite.All, of zet telephony_guard af in hub.toml. Agenda's en antwoorden gaan gewoon door.",
    "no_shared_calendar": "De hub kan niet schrijven in de gedeelde agenda van deze dienst. Kijk het adres na in de "
    "instellingen (services.<dienst>.calendar) en geef de hub toegang; de afwezigheden volgen dan vanzelf.",
    "not_approved": "De afwezigheid is niet goedgekeurd.",
    "cancelled": "De afwezigheid is geannuleerd of verwijderd.",
    "stale_version": "Een oudere versie van een registratie die al gekend is.",
    "wholly_in_the_past": "De afwezigheid werd pas achteraf geregistreerd; het verleden wordt niet herschreven.",
    "public_holiday": "Feestdagen komen uit de sluitingskalender, niet uit de tijdsregistratie.",
    "ignored": "Deze soort registratie is geen afwezigheid.",
}

# Nobody has to do anything about these: they are kept to be looked up, and not announced.
QUIET = frozenset(
    {
        "duplicate_row",
        "superseded_row",
        "changed_by_owner",
        "no_mailbox",
        "not_approved",
        "cancelled",
        "stale_version",
        "wholly_in_the_past",
        "public_holiday",
        "ignored",
    }
)
