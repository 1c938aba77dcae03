#!/usr/bin/env python3
"""A machine that does not answer: not even connect() comes to an end here.

Whoever calls waits in a queue until somebody is accepted. This one accepts nobody and fills the queue itself; the
kernel then leaves further callers without a word, as it would be with a machine that is switched off.
"""

import signal
import socket

PATIENCE = 0.2  # seconds; on one's own machine a connection needs far less

with socket.socket() as listening:
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    queue = []
    try:
        while True:
            queue.append(socket.create_connection(listening.getsockname(), PATIENCE))
    except TimeoutError:
        print(f"silent 127.0.0.1:{listening.getsockname()[1]}", flush=True)
    signal.pause()
