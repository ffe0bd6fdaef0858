"""The pipeline: outbox → exchange → queue → inbox → handler → outbox."""
