"""The front door's web app: hooks for the outside, and pages of the desk for the hub's own people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Flask

from services.webhooks.app.desk import desk
from services.webhooks.app.hooks import MAX_BODY, hooks
from services.webhooks.app.overview import Overview
from services.webhooks.domain.subscriptions import Wanted
from services.webhooks.reception import Reception
from services.webhooks.store.deliveries import Deliveries
from services.webhooks.store.repairs import Repairs
from services.webhooks.store.subscriptions import Subscriptions


def create_app(
    reception: Reception, subscriptions: Subscriptions, wanted: Sequence[Wanted] = (), public_url: str = ""
) -> Flask:
    """Return the front door; *wanted* are the subscriptions that ought to be there."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1  # a body in chunks is cut off there without a word
    app.register_blueprint(hooks(reception))
    overview = Overview(wanted, subscriptions, Repairs(reception.database), reception.clock)
    address = urlsplit(public_url)
    outside = address.netloc if address.scheme == "https" else None  # else it is a trial on this machine
    app.register_blueprint(desk(Deliveries(reception.database), overview, outside))
    return app
