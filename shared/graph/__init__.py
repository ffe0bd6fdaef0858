"""Microsoft Graph, app-only: one client, and one thin file per resource."""
