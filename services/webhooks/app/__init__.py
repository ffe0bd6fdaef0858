"""The front door's web app: hooks for the outside, and pages of the desk for the hub's own people and programs."""

from __future__ import annotations

from flask import Flask

from services.webhooks.app.desk import desk
from services.webhooks.app.hooks import MAX_BODY, hooks
from services.webhooks.reception import Reception
from services.webhooks.store.subscriptions import Subscriptions


def create_app(reception: Reception, subscriptions: Subscriptions) -> Flask:
    """Return the front door."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.register_blueprint(hooks(reception))
    app.register_blueprint(desk(reception.deliveries, subscriptions))
    return app
