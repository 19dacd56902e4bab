"""The way to the issuer: time limits, redirects, plain http, replies that are none."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from grantd import (
    AsyncTokenManager,
    ConfigurationError,
    OAuthClient,
    RequestTimeoutError,
    StandardTransport,
    TokenManager,
    UnavailableError,
)
from grantd.http import HttpRequest
from grantd.testing import FakeIssuer, replies

from .support import LIBRARIES, SECRET, manager


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_not_a_refusal(grantd_issuer: FakeIssuer, status: int) -> None:
    grantd_issuer.faults("token", replies(status, {"error": "invalid_grant"}))
    with pytest.raises(UnavailableError):
        manager(grantd_issuer).get_access_token()


def test_hanging_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(RequestTimeoutError):
            TokenManager(url, "nightly", SECRET, timeout=0.2).get_access_token()


def test_a_server_that_drips_ends_in_a_time_out_too() -> None:
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                try:
                    while not ended.wait(0.05):
                        connection.sendall(b"x")
                except OSError:
                    pass

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(RequestTimeoutError):
                StandardTransport().send(
                    HttpRequest("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.4)
                )
        finally:
            ended.set()
            thread.join()


@LIBRARIES
@pytest.mark.parametrize(
    "beginning", [b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"]
)
def test_a_librarys_client_is_not_kept_by_a_server_that_drips(library: Any, adapter: Any, beginning: bytes) -> None:
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(beginning)
                try:
                    while not ended.wait(0.05):
                        connection.sendall(b"x")
                except OSError:
                    # The client went.
                    pass

        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"

        async def asynchronous() -> None:
            async with library.AsyncClient() as client:
                await adapter.AsyncTransport(client).send(HttpRequest("GET", url, timeout=0.4))

        def synchronous() -> None:
            with library.Client() as client:
                adapter.Transport(client).send(HttpRequest("GET", url, timeout=0.4))

        for call in (synchronous, lambda: asyncio.run(asynchronous())):
            ended.clear()
            thread = threading.Thread(target=drip)
            thread.start()
            try:
                with pytest.raises(RequestTimeoutError):
                    call()
            finally:
                ended.set()
                thread.join()


def test_a_redirect_of_the_token_endpoint_is_not_followed(grantd_issuer: FakeIssuer) -> None:
    grantd_issuer.faults("token", replies(307, None, {"Location": "https://evil.example.test/token"}))
    with pytest.raises(UnavailableError):
        manager(grantd_issuer).get_access_token()


def test_plain_http_is_for_this_computer() -> None:
    for issuer in (
        "http://id.example.test",
        "https://id.example.test/",
        "https://id.example.test?x",
        "https://id.example.test#x",
        "https://nightly:secret@id.example.test",
        "https://[id",
        "https://id.example.test:x",
        "ftp://localhost",
    ):
        with pytest.raises(ConfigurationError):
            OAuthClient(issuer, "web")


@pytest.mark.parametrize("host", ["id..example.test", f"{'a' * 64}.example.test", "[id", "id:x", "id:99999"])
def test_an_address_that_leads_nowhere_is_an_error_of_the_kind_that_is_promised(host: str) -> None:
    with pytest.raises(UnavailableError):
        StandardTransport().send(HttpRequest("GET", f"https://{host}/"))


@pytest.mark.parametrize(
    "rest", [b"", b",", b'"}', b"\xff", b',"a":"\\q"}', b"}}", b',"access_token":"x"}', b"," + b"[" * 9999]
)
def test_no_error_in_the_chain_holds_a_reply_that_cannot_be_read(grantd_issuer: FakeIssuer, rest: bytes) -> None:
    grantd_issuer.faults("token", replies(200, b'{"access_token":"' + SECRET.encode() + b'"' + rest))
    with pytest.raises(UnavailableError) as raised:
        manager(grantd_issuer).get_access_token()
    waiting: list[BaseException | None] = [raised.value]
    while waiting:
        error = waiting.pop()
        if error is not None:
            held = [str(error), repr(error.args), *(repr(getattr(error, name, "")) for name in ("doc", "object"))]
            assert not any(SECRET in text for text in held), type(error)
            waiting += [error.__cause__, error.__context__]


def test_endpoints_of_an_https_issuer_are_https(grantd_issuer: FakeIssuer) -> None:
    members = {"issuer": grantd_issuer.issuer, "token_endpoint": "http://localhost/token"}
    grantd_issuer.faults("metadata", replies(200, members))
    with pytest.raises(UnavailableError):
        manager(grantd_issuer).get_access_token()


@LIBRARIES
def test_a_librarys_client_carries_requests_to_the_issuer(
    grantd_issuer: FakeIssuer, library: Any, adapter: Any
) -> None:
    def manager_over(transport: Any, url: str) -> TokenManager:
        return TokenManager(url, "nightly", SECRET, transport=transport, timeout=0.4)

    with grantd_issuer.over_http() as url, library.Client(follow_redirects=True) as client:
        over = adapter.Transport(client)
        assert manager_over(over, url).get_access_token()
        elsewhere = replies(307, None, {"Location": f"{url}/elsewhere"})
        for fault in (elsewhere, replies(200, b"x" * (1024 * 1024 + 1))):
            grantd_issuer.faults("token", fault)
            with pytest.raises(UnavailableError):
                manager_over(over, url).get_access_token()
        assert grantd_issuer.count("elsewhere") == 0
    with pytest.raises(UnavailableError), library.Client() as client:
        manager_over(adapter.Transport(client), url).get_access_token()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(RequestTimeoutError), library.Client() as client:
            manager_over(adapter.Transport(client), url).get_access_token()

        async def hangs_too() -> None:
            async with library.AsyncClient() as client:
                over = adapter.AsyncTransport(client)
                await AsyncTokenManager(url, "nightly", SECRET, transport=over, timeout=0.2).get_access_token()

        with pytest.raises(RequestTimeoutError):
            asyncio.run(hangs_too())
