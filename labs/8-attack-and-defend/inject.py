"""inject.py HOST:PORT CA: one packet with two commands, STARTTLS and another, then TLS, then silence.

This is what somebody between a client and its server does: STARTTLS is the client's, MAIL is not. A server that keeps
what came behind STARTTLS takes it for the first command said inside TLS.
"""

import socket
import ssl
import sys

host, port = sys.argv[1].split(":")
plain = socket.create_connection((host, int(port)), timeout=5)
print(plain.recv(4096).decode(), end="")
for words in (b"EHLO me.example.org\r\n", b"STARTTLS\r\nEHLO eve.example.org\r\nMAIL FROM:<eve@example.org>\r\n"):
    print("".join(f"C: {line}\n" for line in words.decode().splitlines()), end="")
    plain.sendall(words)
    words_back = plain.recv(4096).decode()
    print(words_back, end="")

if not words_back.startswith("220 "):
    sys.exit()
inside = ssl.create_default_context(cafile=sys.argv[2]).wrap_socket(plain, server_hostname=host)
print("-- TLS begins, and we say nothing")
inside.settimeout(1)
heard = b""
try:
    while not heard.endswith(b"250 2.1.0 Ok\r\n"):
        piece = inside.recv(4096)
        if not piece:
            break
        heard += piece
except TimeoutError:
    pass
print(heard.decode() or "-- nor does the server\n", end="")
