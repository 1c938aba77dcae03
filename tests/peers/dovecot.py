"""Dovecot's submission service: it checks who you are, and hands your mail on to the server behind it."""

from __future__ import annotations

from place import HOST, NAME, SIZE, USER, Place, Server, free_port
from room import Room

CONFIG = """\
protocols = submission
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = lab
default_internal_group = lab
default_login_user = lab
listen = {host}
hostname = {name}
ssl = required
ssl_cert = <{place.cert}
ssl_key = <{place.key}
auth_mechanisms = plain login cram-md5
auth_failure_delay = 0
auth_verbose = yes
mail_location = maildir:{folder}/mail
submission_max_mail_size = {size}
submission_relay_host = {host}
submission_relay_port = {relay_port}
submission_relay_ssl = no
# Or else each login waits longer after a wrong one: from this address they all come.
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-urlauth-login {{
  chroot =
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {port}
  }}
  inet_listener submissions {{
    port = {tls_port}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {folder}/auth {{
    mode = 0666
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=plain {folder}/users
}}
userdb {{
  driver = static
  args = uid=lab gid=lab home={folder}/home
}}
"""


class Dovecot(Server):
    name = "Dovecot"

    def __init__(self, place: Place) -> None:
        """The server behind it takes its mail at relay_port; it need not run yet."""
        super().__init__(place)
        self.relay_port = free_port()
        self.folder = folder = place.room("dovecot")
        self.auth = folder / "auth"
        self.behind: Server | None = None
        for name in ("run", "state", "home"):
            (folder / name).mkdir()
        (folder / "users").touch(mode=0o600)
        (folder / "users").write_text(f"{USER}:{place.password}\n")
        (folder / "config").write_text(CONFIG.format(
            folder=folder, host=HOST, name=NAME, size=SIZE, place=place, port=self.port, tls_port=self.tls_port,
            relay_port=self.relay_port))
        config = f"dovecot -c {folder}/config"
        self.room = Room("dovecot-submissiond", folder, f"dovecot --version >{folder}/version && {config}")

    @property
    def version(self) -> str:
        text: str = (self.folder / "version").read_text()
        return text.split()[0]

    def messages(self) -> list[bytes]:
        assert self.behind
        behind: list[bytes] = self.behind.messages()
        return behind

    def close(self) -> None:
        self.room.close()
