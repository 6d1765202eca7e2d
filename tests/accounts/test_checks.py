"""The Doctor's rows on the server's owner and on its mail."""

from __future__ import annotations

from passport.accounts.checks import check_mail, check_owner
from passport.tests.backend.people import register


async def test_the_row_on_the_owner_says_how_to_become_it(house):
    row = check_owner(house.accounts.people)
    assert (row.id, row.state) == ("owner", "ok")
    assert "no owner yet" in row.cause
    await register(house)
    assert check_owner(house.accounts.people).cause == "This server has an owner."


async def test_the_row_on_mail_warns_as_long_as_letters_wait_with_a_problem(
    house, mailing, post_office, clock
):
    row = check_mail(house.accounts.outbox)
    assert (row.id, row.state) == ("mail", "skipped")
    assert "PASSPORT_SMTP_HOST" in row.remedy
    assert check_mail(mailing.accounts.outbox).state == "ok"
    post_office.put_off()
    await register(mailing)
    await mailing.deliver()
    row = check_mail(mailing.accounts.outbox)
    assert (row.state, row.details) == ("warn", {"waiting": 1})
    assert "Later." in row.cause
    post_office.problem = None
    clock.advance(minutes=10)
    assert len(await mailing.deliver()) == 1
    row = check_mail(mailing.accounts.outbox)
    assert (row.state, row.details) == ("ok", {"waiting": 0})
