"""Post that waits for a person: letters that no rule files, e-mails that nobody registered, answers that are due."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from services.console.app.desk import actor, desk
from services.console.app.formats import texts
from services.console.domain.post import Choice, InTray, MailroomView, Offered, Term
from services.console.store import LISTED
from shared.clock import BRUSSELS
from shared.events import ClassificationChosen, Event, RegistrationChosen

KENMERK_LENGTH = 40  # characters, as in RegistrationChosen

pages = Blueprint("post", __name__)


@pages.get("/post")
def listing() -> str:
    """List what waits, each with its cause and what to do about it."""
    return _page(desk().look_in_mailroom())


@pages.post("/post/opnieuw")
def again() -> Redirect:
    """Have mailroom look again what the rules say of a letter."""
    letter = _letter()
    return _said(ClassificationChosen(kenmerk=letter.kenmerk, by=actor()), "post.said_again", kenmerk=letter.kenmerk)


@pages.post("/post/klasseren")
def classify() -> Redirect | tuple[str, int]:
    """Tell mailroom in which project a letter belongs. `hub mail classify` says the same."""
    letter, typed, view = _letter(), request.form.get("project", "").strip(), desk().look_in_mailroom()
    code = view.code(typed)
    if code is None:
        return _page(view, missing=letter.kenmerk, typed=typed), 400
    chosen = ClassificationChosen(kenmerk=letter.kenmerk, project=code, by=actor())
    return _said(chosen, "post.said_classify", kenmerk=letter.kenmerk, code=code)


@pages.post("/post/registreren")
def register() -> Redirect | tuple[str, int]:
    """Tell mailroom under which kenmerk an e-mail is registered."""
    mail = desk().store.mails.one(request.form.get("message", "")) or abort(404)
    kenmerk = request.form.get("kenmerk", "").strip()
    if not 1 <= len(kenmerk) <= KENMERK_LENGTH:
        return _page(desk().look_in_mailroom(), missing=mail.message, typed=kenmerk), 400
    chosen = RegistrationChosen(intake=mail.intake, message=mail.message, kenmerk=kenmerk, by=actor())
    return _said(chosen, "post.said_register", kenmerk=kenmerk)


@pages.get("/api/post")
def api() -> Response:
    """List the same to a program."""
    store, view = desk().store, desk().look_in_mailroom()
    return jsonify(
        letters=[_shape(letter) for letter in store.tray.all()],
        mails=[_mail_shape(mail, view) for mail in store.mails.all()],
        terms=[_term_shape(term) for term in view.still_due(store.terms.all())],
    )


def _page(view: MailroomView, missing: str | None = None, typed: str = "") -> str:
    """Show the page; *missing* is the letter or e-mail for which nothing usable was *typed*."""
    store, now = desk().store, desk().clock.now()
    return render_template(
        "post.html",
        letters=store.tray.all(),
        mails=store.mails.all(),
        terms=view.still_due(store.terms.all()),
        view=view,
        missing=missing,
        typed=typed,
        limit=LISTED,
        today=now.astimezone(BRUSSELS).date(),
        now=now,
    )


def _letter() -> InTray:
    return desk().store.tray.one(request.form.get("kenmerk", "")) or abort(404)


def _said(event: Event, words: str, **facts: str) -> Redirect:
    desk().say([event])
    flash(texts()(words, **facts))
    return redirect(url_for("post.listing"), 303)


def _shape(letter: InTray) -> dict[str, Any]:
    words = texts().tray(letter.reason)
    return {
        "kenmerk": letter.kenmerk,
        "version": letter.version,
        "reason": letter.reason,
        "suggestions": list(letter.suggestions),
        "since": letter.since.isoformat(),
        "title": words.title,
        "cause": words.cause,
        "next_step": words.step,
        "chosen": _chosen(letter.choice),
    }


def _mail_shape(mail: Offered, view: MailroomView) -> dict[str, Any]:
    return {
        "message": mail.message,
        "intake": mail.intake,
        "received_at": mail.received_at.isoformat(),
        "references": [{"kenmerk": each, "sure": view.seen(mail.message).sure.get(each)} for each in mail.references],
        "projects": list(mail.projects),
        "link": view.seen(mail.message).link,
        "chosen": _chosen(mail.choice),
    }


def _term_shape(term: Term) -> dict[str, Any]:
    today = desk().clock.now().astimezone(BRUSSELS).date()
    return {
        "kenmerk": term.kenmerk,
        "due": term.due.isoformat(),
        "days": term.days_left(today),
        "project": term.project,
        "department": term.department,
        "is_away": term.is_away,
    }


def _chosen(choice: Choice | None) -> dict[str, Any] | None:
    return {"what": choice.what, "by": choice.by, "at": choice.at.isoformat()} if choice else None
