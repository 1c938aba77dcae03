"""kill -9 in the middle of deliveries, again and again, over one Maildir: what was answered 250 is there, whole, and
nothing is there half. Twenty times; with SMTPLAB_LONG=1 two hundred times.
"""

from __future__ import annotations

import os
import random
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from sandbox_kit import Sandbox, Talk

ROUNDS = 200 if os.environ.get("SMTPLAB_LONG") else 20
SENDERS = 4
SECONDS_MAX = 0.08  # from the first sender to the kill


def body(identity: int) -> bytes:
    """Of any size up to some hundred kilobytes, and known by its number alone."""
    lines = (identity * 7919) % 5000
    return b"Subject: %d\r\n\r\n" % identity + b"%070d\r\n" % identity * lines + b"end of %d\r\n" % identity


def deliver(sandbox: Sandbox, identities: list[int], accepted: list[int]) -> None:
    """Until all are sent, or nobody answers any more."""
    try:
        with Talk(sandbox) as talk:
            if not talk.hello():
                return
            for identity in identities:
                reply = talk.mail().data().ask(body(identity) + b".\r\n")
                if not reply.startswith("250"):
                    return
                accepted.append(identity)
    except (AssertionError, OSError):
        return


def test_nothing_accepted_is_lost_and_nothing_is_half(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    chance = random.Random(4)
    accepted: list[int] = []
    state = tmp_path / "kept"
    for number in range(ROUNDS):
        sandbox = start("--state", state, sanitized=False)
        first = number * 1000
        shares = [list(range(first + i, first + 1000, SENDERS)) for i in range(SENDERS)]
        senders = [threading.Thread(target=deliver, args=(sandbox, share, accepted)) for share in shares]
        for sender in senders:
            sender.start()
        threading.Event().wait(chance.uniform(0.005, SECONDS_MAX))
        sandbox.process.send_signal(signal.SIGKILL)
        assert sandbox.wait() == -signal.SIGKILL
        for sender in senders:
            sender.join()
    there = {}
    for message in sandbox.bodies():
        found = re.match(rb"Subject: (\d+)\r\n", message)
        assert found, message[:200]
        there[int(found[1])] = message
    assert all(message == body(identity) for identity, message in there.items())
    assert set(accepted) <= set(there)
    assert len(accepted) > ROUNDS  # it was not killed before it did anything
    print(f"{ROUNDS} kills, {len(accepted)} accepted, {len(there)} delivered, "
          f"{len(list((state / 'Maildir' / 'tmp').iterdir()))} cut off")
