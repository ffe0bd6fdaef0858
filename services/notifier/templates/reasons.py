"""Reasons of failure in Dutch: what happened, and the first thing to do about it."""

from __future__ import annotations

_REASONS = {
    "antivirus_limit": (
        "Een bestand is te groot voor de virusscanner",
        "Verhoog StreamMaxLength in clamd.conf en herstart clamd.",
    ),
    "antivirus_unavailable": ("De virusscanner antwoordt niet", "Controleer of clamd draait."),
    "attempts_exhausted": ("Alle pogingen mislukten", "Kijk in de console naar de fout van de laatste poging."),
    "bad_secret": (
        "Het geheim van een webhook is niet te gebruiken",
        "Vul whsec_ en 24 tot 64 willekeurige bytes in base64 in.",
    ),
    "card_too_large": ("Het bericht is te groot voor het kanaal", "Meld dit aan de beheerder van de hub."),
    "channel_busy": ("Het kanaal kan niet volgen", "Wacht af, of laat minder berichten naar dit kanaal gaan."),
    "channel_folder_missing": (
        "Het kanaal van het project heeft nog geen map",
        "Open in Teams het tabblad Bestanden van dat kanaal.",
    ),
    "channel_refused": (
        "Het kanaal weigert berichten van de hub",
        "Vernieuw het adres bij de instelling die in de console staat, of geef de app rechten op de postbus.",
    ),
    "channel_unreachable": (
        "Het kanaal is niet te bereiken of weigert het bericht",
        "Probeer het adres bij de instelling die in de console staat zelf uit met Apprise.",
    ),
    "circuit_open": ("Het systeem antwoordt niet; de hub wacht even", "Herstel dat systeem."),
    "draft_gone": (
        "Het ontwerp van een e-mail verdween voor het verzonden was",
        "Kijk in de postbus van de hub bij de verzonden items of de e-mail vertrok.",
    ),
    "feed_cut_off": ("De kalenderfeed breekt af voor zijn einde", "Kijk of hij eindigt met END:VCALENDAR."),
    "feed_too_large": ("De kalenderfeed geeft te veel", "Laat hem enkel geven wat nog getoond kan worden."),
    "foreign_link": ("Het antwoord verwijst naar een vreemd adres", "Controleer het adres in de instellingen."),
    "graph_400": ("Microsoft 365 begrijpt de opdracht niet", "Bekijk de fout in de console."),
    "graph_401": ("Microsoft 365 aanvaardt de aanmelding niet", "Controleer het certificaat of de sleutel van de app."),
    "graph_403": ("De app heeft geen toestemming", "Controleer de machtigingen van de app in Entra en op de site."),
    "column_refused": ("SharePoint weigert een kolom van de hub", "De fout in de console noemt ze en wat te doen is."),
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
    "http_404": ("Op het adres staat niet wat de hub verwacht", "Controleer het adres in de instellingen."),
    "http_429": ("Het systeem vraagt om te wachten", "Wacht af, of laat de hub minder vaak lezen."),
    "http_no_json": (
        "Het systeem antwoordt met iets anders dan gegevens",
        "Open het adres vanaf de server van de hub en controleer de proxy.",
    ),
    "http_too_large": ("Het antwoord is groter dan verwacht", "Vraag de beheerder van dat systeem wat er veranderde."),
    "http_unreachable": ("Het systeem antwoordt niet", "Controleer of het werkt en of de hub het bereikt."),
    "invalid_address": ("Het adres is niet te gebruiken", "Vul een adres in dat met https:// begint."),
    "invalid_key": ("De sleutel van de hub is niet bruikbaar", "Vul een private sleutel zonder wachtwoordzin in."),
    "invalid_query": (
        "De databank begrijpt de vraag niet",
        "Verbeter query in hub.toml; het logboek noemt wat ontbreekt.",
    ),
    "invalid_url": (
        "Het adres van de databank is niet te gebruiken",
        "Vul het in als soort://gebruiker:wachtwoord@server:poort/databank.",
    ),
    "mailbox_missing": ("Op het adres van de gedeelde postbus is geen postbus", "Verbeter het adres in hub.toml."),
    "mailbox_not_permitted": (
        "De hub mag niet in de gedeelde postbus",
        "Geef de app in Exchange het recht Mail.ReadWrite op deze postbus.",
    ),
    "letter_gone": (
        "Het document werd uit SharePoint verwijderd",
        "Herstel het uit de prullenbak, of bied het poststuk opnieuw aan.",
    ),
    "malformed_delivery": (
        "De levering heeft niet de vorm die de hub verwacht",
        "Vraag de beheerder van dat systeem of er iets wijzigde, en vergelijk met het schema in hub.toml.",
    ),
    "missing": ("Het is er niet, en geen poging zei waarom", "Kijk in het logboek van webhooks."),
    "missing_driver": (
        "Het stuurprogramma voor deze databank ontbreekt",
        "Installeer het pakket dat in het logboek staat.",
    ),
    "missing_secret": (
        "De sleutel of het wachtwoord is niet ingevuld",
        "Vul de instelling in die hub.toml noemt.",
    ),
    "name_taken": ("Alle namen voor het document zijn bezet", "Ruim in de map op wat dezelfde naam heeft."),
    "not_a_folder": ("Waar een map moet komen, staat een bestand", "Hernoem of verplaats dat bestand in SharePoint."),
    "not_a_kenmerk": ("Het gekozen kenmerk heeft niet de juiste vorm", "Kies op de pagina Post het juiste kenmerk."),
    "nothing_to_classify": (
        "Het poststuk staat niet (meer) in een projectmap of in Te klasseren",
        "Raadpleeg het postregister.",
    ),
    "path_too_long": ("Het pad van de map is te lang voor SharePoint", "Kort de naam van de projectmap in."),
    "place_taken": (
        "Een andere hub volgt deze wijzigingen al met dezelfde app-registratie",
        "Stop de andere hub of geef elk een eigen app-registratie.",
    ),
    "private_address": (
        "Een adres leidt binnen het eigen netwerk",
        "Verbeter het adres, of zet allow_private = true bij het kanaal in hub.toml als het zo bedoeld is.",
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
    "source_barred": ("Kelio laat nu geen vragen toe", "Wacht af; in sommige uren aanvaardt het geen webservices."),
    "source_changing": ("Het bestand wordt nog geschreven", "Kijk of de export blijft hangen, en naar de klok ervan."),
    "source_missing": (
        "De uitvoer van de bron is er niet",
        "Controleer of de export draait en of het pad in hub.toml klopt.",
    ),
    "source_refused": ("De bron laat de hub niet toe", "Geef de hub daar een geldige sleutel en leesrechten."),
    "source_too_large": ("De bron geeft te veel", "Laat ze enkel geven wat nog getoond kan worden."),
    "source_unknown": (
        "De SFTP-server toont een andere sleutel dan verwacht",
        "Vraag of die vernieuwd werd, en vul zo ja host_key opnieuw in.",
    ),
    "source_unreachable": ("De server of databank antwoordt niet", "Controleer of ze draait en bereikbaar is."),
    "source_unreadable": ("De hub kan het bestand niet lezen", "Controleer de netwerkschijf en de leesrechten."),
    "storage_unavailable": ("De gegevensbank van de hub antwoordt niet", "Controleer haar en de schijfruimte."),
    "team_unreadable": (
        "De hub mag niet zien wie er in het team van een project zit",
        "Geef de app in Entra de ontbrekende rechten.",
    ),
    "token_refused": (
        "Aanmelden bij Microsoft lukt niet",
        "Vernieuw het certificaat of geheim van de app in Entra en in de instellingen.",
    ),
    "token_unreachable": ("De aanmelddienst van Microsoft antwoordt niet", "Controleer de internetverbinding."),
    "unexpected_answer": (
        "Het systeem antwoordt anders dan afgesproken",
        "Vraag de beheerder van dat systeem wat er veranderde.",
    ),
    "unexpected_columns": (
        "Een kolom ontbreekt of staat er twee keer",
        "Vul de kolomnamen in bij columns in hub.toml.",
    ),
    "unexpected_content": (
        "Wat de bron geeft, is geen lijst van afwezigheden",
        "Open het bestand of adres zelf en herstel de uitvoer.",
    ),
    "unexpected_encoding": ("Het bestand gebruikt een andere tekenset", "Vul encoding in hub.toml juist in."),
    "unknown_channel": ("Het kanaal staat niet meer in de instellingen", "Voeg het kanaal toe in hub.toml."),
    "unknown_event": ("Deze versie van de hub kent dit bericht niet", "Werk de hub bij."),
    "unknown_intake": ("De inkomende map staat niet meer in de instellingen", "Voeg ze toe in hub.toml."),
    "unknown_library": ("De documentbibliotheek bestaat niet", "Controleer de naam in hub.toml."),
    "unknown_mailbox": (
        "De gedeelde postbus staat niet meer in de instellingen",
        "Zet ze terug onder [mailroom.mailboxes] in hub.toml.",
    ),
    "unknown_message": ("De hub bood deze e-mail nooit aan", "Geef ze in Outlook het kenmerk als categorie."),
    "unknown_source": (
        "Deze bron staat niet meer in de instellingen",
        "Zet ze terug onder [timesync.systems] als ze nog gelezen moet worden.",
    ),
    "unknown_team": ("Het team of kanaal van een project bestaat niet", "Verbeter het in de projectenlijst."),
    "unreadable_message": ("Het bericht is niet leesbaar", "Zoek uit welk systeem het verstuurde."),
    "vault_locked": (
        "HUB_VAULT_KEY is niet de sleutel waarmee dit bewaard werd",
        "Voeg de vorige sleutel weer toe aan HUB_VAULT_KEY en herstart de diensten.",
    ),
    "vault_missing": ("HUB_VAULT_KEY is niet ingevuld", "Vul de sleutel in en herstart de diensten."),
}
_FAMILIES = {
    "http": ("Het systeem antwoordt met een fout", "Lees de technische melding en los de oorzaak daar op."),
    "invalid": ("Een instelling of antwoord heeft een verkeerde vorm", "Bekijk de technische melding in het logboek."),
}
_UNKNOWN = ("Er ging iets mis", "Bekijk de fout in de console.")


def explained(reason: str) -> tuple[str, str]:
    """Return what *reason* means and what to do first; without words of its own, those of its family (`http_418`)."""
    return _REASONS.get(reason) or _FAMILIES.get(reason.partition("_")[0], _UNKNOWN)
