"""Postfix: master and the programs that it starts to take a message. What was taken is held, not delivered."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from place import HOST, NAME, SIZE, TO, TO_TOO, UNWANTED, Place, Server
from room import Room, unpacked

QUEUES = ("active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace").split()

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = {package}/usr/sbin
shlib_directory = /usr/lib/postfix
meta_directory = {folder}/config
mail_owner = postfix
setgid_group = postdrop
default_privs = nobody
import_environment = MAIL_CONFIG LD_PRELOAD={shim}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = {host}
inet_protocols = ipv4
in_flow_delay = 0
smtpd_error_sleep_time = 0
mynetworks =
smtpd_peername_lookup = no
myhostname = {name}
mydestination = example.org
alias_maps =
local_recipient_maps = inline:{{ {to}=x, {to_too}=x }}
smtpd_sender_restrictions = check_sender_access inline:{{ {unwanted}=REJECT }}, permit
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_client_access static:HOLD
message_size_limit = {size}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {place.cert}
smtpd_tls_key_file = {place.key}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtpd_sasl_security_options = noanonymous
anvil_rate_time_unit = 3600s
"""

MASTER = """\
{host}:{port} inet n - n - - smtpd
{host}:{tls_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
{host}:{limited_port} inet n - n - - smtpd
  -o smtpd_client_message_rate_limit=1
  -o smtpd_client_event_limit_exceptions=
{host}:{relay_port} inet n - n - - smtpd
  -o mynetworks={host}
  -o smtpd_relay_restrictions=permit_mynetworks,reject
cleanup unix n - n - 0 cleanup
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def message(file: bytes) -> bytes:
    """What a queue file holds: records of a letter, a length in bytes of 7 bits, and a line; from M to X."""
    at, lines, inside = 0, b"", False
    while at < len(file):
        letter, length, shift, at = file[at:at + 1], 0, 0, at + 1
        while True:
            byte, at = file[at], at + 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        inside = (inside or letter == b"M") and letter != b"X"
        if inside and letter in b"NL":  # L: a piece of a line, and the rest follows
            lines += file[at:at + length] + (b"\n" if letter == b"N" else b"")
        at += length
    return lines


class Postfix(Server):
    name = "Postfix"

    def __init__(self, place: Place, auth: Path, relay_port: int) -> None:
        """auth: the socket of a Dovecot that knows the passwords; relay_port: where Dovecot hands its mail on."""
        super().__init__(place)
        package = unpacked("postfix")
        self.folder = folder = place.room("postfix")
        for name in ("config", "data", "queue", *(f"queue/{queue}" for queue in QUEUES)):
            (folder / name).mkdir()
        shim = folder / "as_root.so"
        source = Path(__file__).parent / "as_root.c"
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", shim, source], check=True)
        main = folder / "config" / "main.cf"
        main.write_text(MAIN.format(
            folder=folder, package=package, shim=shim, host=HOST, name=NAME, to=TO, to_too=TO_TOO, size=SIZE,
            unwanted=UNWANTED, place=place, auth=auth))
        os.utime(main, (0, 0))  # a file of this very second might be half written, so Postfix would wait
        (folder / "config" / "master.cf").write_text(MASTER.format(
            host=HOST, port=self.port, tls_port=self.tls_port, limited_port=self.limited_port,
            relay_port=relay_port))
        self.room = Room("postfix", folder, f"LD_PRELOAD={shim} /usr/lib/postfix/sbin/master -w -c {folder}/config")

    @property
    def version(self) -> str:
        package = unpacked("postfix")  # not from the log: that is written by another process, when it has time
        done = subprocess.run([package / "usr/sbin/postconf", "-c", self.folder / "config", "-d", "-h", "mail_version"],
                              env={"LD_LIBRARY_PATH": str(package / "usr/lib/postfix")}, check=True,
                              capture_output=True, text=True)
        return done.stdout.strip()

    def messages(self) -> list[bytes]:
        return [message(file.read_bytes()) for file in (self.folder / "queue" / "hold").iterdir()]

    def close(self) -> None:
        self.room.close()
