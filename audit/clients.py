"""Where a call comes from, as it is written down beside what it did."""

from __future__ import annotations

from dataclasses import dataclass

from ..network.addresses import name_network

LONGEST_USER_AGENT = 255


@dataclass(frozen=True)
class Client:
    """A browser or program. `address` is empty where nobody can be believed about it."""

    address: str
    user_agent: str

    @property
    def network(self) -> str:
        """The /24 or /64 of the address: one household, one office, one rented machine."""
        return name_network(self.address)


COMMAND_LINE = Client("", "command line")


def make_client(address: str, user_agent: str) -> Client:
    """Return the client, its own words cut to what is kept and stripped of control characters."""
    if not user_agent.isprintable():
        user_agent = "".join(character for character in user_agent if character.isprintable())
    return Client(address, user_agent[:LONGEST_USER_AGENT])
