"""How this server sends mail, for its owner."""

from __future__ import annotations

from aiohttp import web

from ..accounts.errors import EmailMissingError, MailNotSetUpError
from ..services import Services
from .request_context import find_client, require_principal
from .responses import json_response


async def show_mail(request: web.Request, services: Services) -> web.Response:
    """GET mail: how it is set up, and what waits; no password among it."""
    settings = services.settings
    backlog = await services.database.run(services.accounts.outbox.describe)
    return json_response(
        {
            "enabled": services.accounts.outbox.enabled,
            "host": settings.smtp_host,
            "port": settings.smtp_port,
            "security": settings.smtp_security,
            "sender": settings.mail_from or settings.smtp_user,
            "waiting": backlog.waiting,
            "problem": backlog.problem,
        }
    )


async def send_test_mail(request: web.Request, services: Services) -> web.Response:
    """POST mail/test: send a mail to the owner's own address now, or say why it cannot be."""
    owner = require_principal(request)
    if not services.accounts.outbox.enabled:
        raise MailNotSetUpError(
            "This server sends no mail. Set PASSPORT_SMTP_HOST, then restart ComfyUI."
        )
    account = await services.database.run(services.accounts.sign_in.find_account, owner)
    if not account.email:
        raise EmailMissingError("Your account has no mail address that a test could go to.")
    await services.accounts.outbox.send_test(account.email, services.settings.public_url or None)
    client = find_client(services.policy, request)
    await services.database.run(services.accounts.people.note_test_mail, owner.account_id, client)
    return json_response({"sent_to": account.email})
