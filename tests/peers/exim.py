"""Exim: one program, one file. What was taken stays in the queue."""

from __future__ import annotations

import re

from place import HOST, NAME, SIZE, TO, TO_TOO, UNWANTED, USER, Place, Server
from room import Room

CONFIG = """\
PASSWORD = ${{readfile{{{place.password_file}}}{{}}}}
primary_hostname = {name}
spool_directory = {folder}/spool
log_file_path = {folder}/log-%s
pid_file_path = {folder}/pid
local_interfaces = {host}
daemon_smtp_ports = {port} : {tls_port} : {limited_port}
tls_on_connect_ports = {tls_port}
tls_advertise_hosts = *
tls_certificate = {place.cert}
tls_privatekey = {place.key}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
domainlist ours = example.org
message_size_limit = {size}
queue_only
host_lookup =
rfc1413_hosts =
keep_environment =
acl_smtp_mail = check_mail
acl_smtp_rcpt = check_rcpt

begin acl
check_mail:
  deny senders = {unwanted}
  defer condition = ${{if eq{{$received_port}}{{{limited_port}}}}}
        ratelimit = 1 / 1h / strict
  accept
check_rcpt:
  require verify = recipient
  accept domains = +ours
  accept authenticated = *
  deny message = relay not permitted

begin routers
ours:
  driver = accept
  domains = +ours
  local_parts = {local_parts}
  transport = held
others:
  driver = accept
  domains = ! +ours
  transport = held

begin transports
held:
  driver = appendfile
  file = {folder}/mail

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{ {{eq{{$auth2}}{{{user}}}}} {{eq{{$auth3}}{{PASSWORD}}}} }}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if and{{ {{eq{{$auth1}}{{{user}}}}} {{eq{{$auth2}}{{PASSWORD}}}} }}}}
  server_set_id = $auth1
"""


def header(file: str) -> bytes:
    """Of a file -H of the queue: behind its last empty line, each field behind its length and a letter."""
    fields, text = "", file.partition("\n\n")[2]
    while found := re.match(r"(\d{3,})(.) ", text):
        end = found.end() + int(found[1])
        fields += text[found.end():end] if found[2] != "*" else ""  # * was deleted
        text = text[end:]
    return fields.encode()


class Exim(Server):
    name = "Exim"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.folder = folder = place.room("exim")
        (folder / "spool").mkdir()
        (folder / "config").write_text(CONFIG.format(
            folder=folder, host=HOST, name=NAME, size=SIZE, place=place, port=self.port, tls_port=self.tls_port,
            limited_port=self.limited_port, unwanted=UNWANTED, user=USER,
            local_parts=" : ".join(to.partition("@")[0] for to in (TO, TO_TOO))))
        exim = f"exim4 -C {folder}/config"
        self.room = Room("exim4-daemon-light", folder, f"{exim} -bV >{folder}/version && {exim} -bd")
        self.await_doors()

    @property
    def version(self) -> str:
        text: str = (self.folder / "version").read_text()
        return text.partition("Exim version ")[2].split()[0]

    def messages(self) -> list[bytes]:
        return [header(file.with_name(file.name[:-1] + "H").read_text()) + b"\n" + file.read_bytes().partition(b"\n")[2]
                for file in (self.folder / "spool" / "input").glob("*-D")]

    def close(self) -> None:
        self.room.close()
