"""A small mail server on top of the library aiosmtpd: python3 aiosmtpd_program.py FOLDER CERT KEY PASSWORD-FILE

Three doors on free ports of 127.0.0.1, printed as its first line: STARTTLS, TLS from the first byte, and one where
a session may say MAIL once. Messages go to FOLDER, a file each. It ends at the end of its standard input.

The library has no opinion on who may send to whom: the two refusals in Handler are worded here. All else is the
library's.
"""

from __future__ import annotations

import asyncio
import pathlib
import ssl
import sys
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from place import HOST, NAME, SIZE, TO, TO_TOO, UNWANTED, USER


class Handler:
    """Who is wanted, who is known; each message becomes a file."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str,
                          options: list[str]) -> str:
        if address == UNWANTED:
            return "550 5.7.1 Sender refused"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str,
                          options: list[str]) -> str:
        if address not in (TO, TO_TOO):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.original_content, bytes)
        file = self.folder / f"message{len(list(self.folder.iterdir()))}"
        file.write_bytes(envelope.original_content)
        return "250 OK"


class Accounts:
    """One account."""

    def __init__(self, password: str) -> None:
        self.right = LoginPassword(USER.encode(), password.encode())

    def __call__(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data == self.right, handled=False)


async def serve(folder: pathlib.Path, cert: str, key: str, password_file: pathlib.Path) -> None:
    """The three doors, until standard input ends."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    accounts = Accounts(password_file.read_text().strip())
    loop = asyncio.get_running_loop()

    def session(**options: Any) -> Callable[[], SMTP]:
        return lambda: SMTP(Handler(folder), hostname=NAME, data_size_limit=SIZE, authenticator=accounts, loop=loop,
                            enable_SMTPUTF8=True, **options)

    # Behind a door that is all TLS the library does not notice the TLS, and would not offer AUTH.
    doors = [await loop.create_server(session(tls_context=context), HOST, 0),
             await loop.create_server(session(auth_require_tls=False), HOST, 0, ssl=context),
             await loop.create_server(session(tls_context=context, command_call_limit={"MAIL": 1, "*": 100}), HOST, 0)]
    print(*(door.sockets[0].getsockname()[1] for door in doors), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])))
