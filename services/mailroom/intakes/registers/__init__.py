"""Mail registers that tell of their letters or can be asked: by webhook, by a view of their database, by ZGW."""
