"""pytest fixtures round the peers: one process of each per run, as new for each test.

A conftest.py imports those it wants. Where a peer cannot run, its tests are skipped, with a word.
"""

from collections.abc import Generator
from typing import TypeVar

import pytest

from .environment import Missing
from .fakes.evil_provider import EvilProvider
from .fakes.service_thread import ServiceThread
from .peers.firebase_emulator import FirebaseEmulator
from .peers.github_like import GitHubLike
from .peers.openid_provider import OpenIdProvider
from .peers.peer_process import PeerProcess

AnyPeer = TypeVar("AnyPeer", bound=PeerProcess)


def _running(peer: AnyPeer) -> Generator[AnyPeer, None, None]:
    try:
        peer.start()
    except Missing as missing:
        pytest.skip(f"NOT TESTED against {type(peer).__name__}: {missing}")
    yield peer
    peer.stop()


@pytest.fixture(scope="session")
def running_openid_provider() -> Generator[OpenIdProvider, None, None]:
    yield from _running(OpenIdProvider())


@pytest.fixture
def openid_provider(running_openid_provider: OpenIdProvider) -> OpenIdProvider:
    """A strict OpenID provider: `url` is the issuer, `approve` and `deny` are the person's part."""
    running_openid_provider.reset()
    return running_openid_provider


@pytest.fixture(scope="session")
def running_github_like() -> Generator[GitHubLike, None, None]:
    yield from _running(GitHubLike())


@pytest.fixture
def github_like(running_github_like: GitHubLike) -> GitHubLike:
    """GitHub's addresses, answers and error codes, for both github.com and its API."""
    running_github_like.reset()
    return running_github_like


@pytest.fixture(scope="session")
def running_firebase_emulator() -> Generator[FirebaseEmulator, None, None]:
    yield from _running(FirebaseEmulator())


@pytest.fixture
def firebase_emulator(running_firebase_emulator: FirebaseEmulator) -> FirebaseEmulator:
    """Firebase's own Auth emulator, without a person in it; its ID tokens are signed RS256."""
    running_firebase_emulator.reset()
    return running_firebase_emulator


@pytest.fixture(scope="session")
def running_evil_provider() -> Generator[EvilProvider, None, None]:
    provider = EvilProvider()
    with ServiceThread(provider):
        yield provider


@pytest.fixture
def evil_provider(running_evil_provider: EvilProvider) -> EvilProvider:
    """A FAKE OpenID provider whose every answer a test can set; see fakes/evil_provider.py."""
    running_evil_provider.be_honest()
    return running_evil_provider
