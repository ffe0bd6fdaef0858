"""Microsoft Graph v1.0 as the hub sees it, one thin file per resource."""
