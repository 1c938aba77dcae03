"""Clients that others wrote, and the kit's own: each delivers with what it can, and the bytes arrive."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox_kit import BUILD, FROM, ROOT, SECONDS, TO, Sandbox

Start = Callable[..., Sandbox]
MESSAGE = (f"From: {FROM}\r\nTo: {TO}\r\nDate: Tue, 24 Nov 2026 10:54:20 +0000\r\nMessage-ID: <1@example.org>\r\n"
           "Subject: Nothing much\r\n\r\n.dot\r\n..\r\nand the rest\r\n")
LF = MESSAGE.replace("\r\n", "\n")

SMTPLIB = """
import smtplib, ssl, sys
kind, host, port, tls_port, ca, user, password, sender, to, file = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
if kind == "implicit":
    server = smtplib.SMTP_SSL(host, int(tls_port), context=context)
else:
    server = smtplib.SMTP(host, int(port))
with server:
    if kind == "starttls":
        server.starttls(context=context)
    if kind != "plain":
        server.login(user, password)
    server.sendmail(sender, [to], open(file).read())
"""

NODEMAILER = """
const [kind, host, port, tlsPort, ca, user, pass, from, to, file] = process.argv.slice(2);
const implicit = kind === 'implicit', plain = kind === 'plain';
const transport = require('nodemailer').createTransport({
    host, port: implicit ? tlsPort : port, secure: implicit, requireTLS: kind === 'starttls', ignoreTLS: plain,
    tls: { ca: require('fs').readFileSync(ca) }, auth: plain ? undefined : { user, pass },
});
transport.sendMail({ envelope: { from, to: [to] }, raw: require('fs').readFileSync(file) })
    .then(() => transport.close(), error => { console.error(error); process.exit(1); });
"""


NET_SMTP = """
use strict;
use Net::SMTP;
my ($kind, $host, $port, $tls_port, $ca, $user, $password, $sender, $to, $file) = @ARGV;
my $implicit = $kind eq 'implicit';
my $server = Net::SMTP->new($host, Port => $implicit ? $tls_port : $port, SSL => $implicit, SSL_ca_file => $ca)
    or die "no connection: $@";
open my $message, '<', $file or die $!;
$kind ne 'starttls' or $server->starttls(SSL_ca_file => $ca) or die 'no TLS: ' . $server->message;
$kind eq 'plain' or $server->auth($user, $password) or die 'no login: ' . $server->message;
$server->mail($sender) && $server->to($to) && $server->data() or die $server->message;
$server->datasend($_) for <$message>;
$server->dataend() && $server->quit() or die $server->message;
"""

# Clients that are unpacked, not installed: the package, and where the program is in it.
UNPACKED = {"mutt": ("mutt", "usr/bin/mutt"), "smtp-source": ("postfix", "usr/sbin/smtp-source")}
RUN_BY = {"smtplib": sys.executable, "nodemailer": "node", "Net::SMTP": "perl", "solution": "sh"}
CANNOT = {("smtp-source", "starttls"): "has no TLS", ("smtp-source", "implicit"): "has no TLS"}


def unpacked(name: str) -> list[str]:
    """The words that run such a client with the libraries of its package."""
    package, program = UNPACKED[name]
    folder = ROOT / "build/peers" / package
    libraries = [*folder.glob("usr/lib/*-gnu"), folder / "usr/lib/postfix"]
    return ["env", f"LD_LIBRARY_PATH={':'.join(map(str, libraries))}", str(folder / program)]


def need(program: str) -> None:
    program = RUN_BY.get(program, program)
    here = Path(unpacked(program)[-1]).exists() if program in UNPACKED else shutil.which(program)
    if not here:
        pytest.skip(f"{program} is not here: scripts/install-deps test peers")


def curl(s: Sandbox, kind: str, file: Path) -> list[str]:
    url = f"smtps://{s.host}:{s.tls_port}" if kind == "implicit" else f"smtp://{s.addr}"
    tls = [] if kind == "plain" else ["--ssl-reqd", "--cacert", s.says["ca"], "--user", f"student:{s.password}"]
    return ["curl", "-sS", url, *tls, "--mail-from", FROM, "--mail-rcpt", TO, "-T", str(file), "--crlf"]


def msmtp(s: Sandbox, kind: str, file: Path) -> list[str]:
    tls = {"plain": "--tls=off --auth=off", "starttls": "--tls=on --tls-starttls=on --auth=on",
           "implicit": "--tls=on --tls-starttls=off --auth=on"}[kind]
    port = s.tls_port if kind == "implicit" else s.port
    login = "" if kind == "plain" else f"--user=student --passwordeval='cat {s.says['password-file']}'"
    return ["sh", "-c", f"exec msmtp --host={s.host} --port={port} {tls} {login} --tls-trust-file={s.says['ca']} "
            f"-f {FROM} {TO} <{file}"]


def swaks(s: Sandbox, kind: str, file: Path) -> list[str]:
    tls = {"plain": "", "starttls": "--tls", "implicit": f"--tls-on-connect --port {s.tls_port}"}[kind].split()
    login = [] if kind == "plain" else ["--auth-user", "student", "--auth-password", s.password]
    return ["swaks", "--server", s.host, "--port", str(s.port), *tls, *login, "-f", FROM, "-t", TO, "-d", str(file)]


def s_nail(s: Sandbox, kind: str, file: Path) -> list[str]:
    """It writes a message of its own; only the text is the file's."""
    user = "" if kind == "plain" else f"student:{s.password}@"
    url = f"smtps://{user}{s.host}:{s.tls_port}" if kind == "implicit" else f"smtp://{user}{s.addr}"
    more = {"plain": ["smtp-auth=none"], "starttls": ["smtp-use-starttls", "smtp-auth=plain"],
            "implicit": ["smtp-auth=plain"]}[kind]
    sets = [f"mta={url}", f"tls-ca-file={s.says['ca']}", "tls-verify=strict", "v15-compat", "sendwait", *more]
    return ["sh", "-c", f'file=$1; shift; exec s-nail -:/ -r {FROM} -s "Nothing much" "$@" {TO} <"$file"', "s-nail",
            str(file), *(word for name in sets for word in ("-S", name))]


def arguments(s: Sandbox, kind: str, file: Path) -> list[str]:
    return [kind, s.host, str(s.port), str(s.tls_port), s.says["ca"], "student", s.password, FROM, TO, str(file)]


def smtplib(s: Sandbox, kind: str, file: Path) -> list[str]:
    return [sys.executable, "-c", SMTPLIB, *arguments(s, kind, file)]


def nodemailer(s: Sandbox, kind: str, file: Path) -> list[str]:
    if not (ROOT / "build/peers/nodemailer/node_modules/nodemailer").is_dir():
        pytest.skip("nodemailer is not here: make peers")
    script = file.parent / "send.js"
    script.write_text(NODEMAILER)
    return ["node", str(script), *arguments(s, kind, file)]


def net_smtp(s: Sandbox, kind: str, file: Path) -> list[str]:
    modules = ["-MIO::Socket::SSL", "-MAuthen::SASL"]
    if subprocess.run(["perl", *modules, "-e", "1"], capture_output=True, check=False).returncode != 0:
        pytest.skip("perl lacks IO::Socket::SSL or Authen::SASL: make peers")
    return ["perl", "-e", NET_SMTP, *arguments(s, kind, file)]


def mutt(s: Sandbox, kind: str, file: Path) -> list[str]:
    """It writes a message of its own; only the text is the file's."""
    user = "" if kind == "plain" else "student@"
    url = f"smtps://{user}{s.host}:{s.tls_port}" if kind == "implicit" else f"smtp://{user}{s.addr}"
    sets = [f"from={FROM}", "use_envelope_from=yes", "copy=no", f'smtp_url="{url}"', f'smtp_pass="{s.password}"',
            f"ssl_starttls={'yes' if kind == 'starttls' else 'no'}",
            f"ssl_force_tls={'no' if kind == 'plain' else 'yes'}",
            f'certificate_file="{s.says["ca"]}"', "ssl_usesystemcerts=no"]
    words = [word for line in sets for word in ("-e", f"set {line}")]
    return ["sh", "-c", f'file=$1; shift; exec "$@" -n -F /dev/null -s "Nothing much" {TO} <"$file"', "mutt", str(file),
            *unpacked("mutt"), *words]


def smtp_source(s: Sandbox, kind: str, file: Path) -> list[str]:
    if reason := CANNOT.get(("smtp-source", kind)):
        pytest.skip(f"smtp-source {reason}")
    return [*unpacked("smtp-source"), "-f", FROM, "-t", TO, "-F", str(file), s.addr]


def solution(s: Sandbox, kind: str, file: Path) -> list[str]:
    """It writes the header itself; the body is the file's."""
    tls = {"plain": "none"}.get(kind, kind)
    login = ["--auth", "login", "--user", "student", "--password-file", s.says["password-file"]]
    login = ["--auth", "none"] if kind == "plain" else login
    port = s.tls_port if kind == "implicit" else s.port
    return [str(BUILD / "solution" / "client"), "--server", f"{s.host}:{port}", "--tls", tls, "--ca", s.says["ca"],
            *login, "--from", FROM, "--to", TO, "--subject", "Nothing much", "--body", f"@{file}"]


CLIENTS = {"curl": curl, "msmtp": msmtp, "swaks": swaks, "s-nail": s_nail, "mutt": mutt, "smtplib": smtplib,
           "nodemailer": nodemailer, "Net::SMTP": net_smtp, "smtp-source": smtp_source, "solution": solution}
WRITES_ITS_OWN = {"s-nail", "mutt", "solution"}
ADDS_AN_EMPTY_LINE = {"swaks", "smtp-source"}
KINDS = ("plain", "starttls", "implicit")
PAIRS = [(name, kind) for name in CLIENTS for kind in KINDS if (name, kind) not in CANNOT]


def deliver(sandbox: Sandbox, name: str, kind: str, folder: Path) -> None:
    """One message, by this client to this sandbox, which ends: it arrives as it is."""
    file = folder / "message"
    text = LF.partition("\n\n")[2] if name in WRITES_ITS_OWN else MESSAGE if name == "nodemailer" else LF
    file.write_bytes(text.encode())
    environment = {**os.environ, "NODE_PATH": str(ROOT / "build/peers/nodemailer/node_modules"), "HOME": str(folder)}
    done = subprocess.run(CLIENTS[name](sandbox, kind, file), capture_output=True, text=True, timeout=SECONDS,
                          stdin=subprocess.DEVNULL, env=environment, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sandbox.stop() == 0
    [body], [entry] = sandbox.bodies(), sandbox.entries()
    if name in WRITES_ITS_OWN:
        assert body.endswith(b"\r\n\r\n" + text.replace("\n", "\r\n").encode())
        assert b"Subject: Nothing much\r\n" in body
    elif name in ADDS_AN_EMPTY_LINE:
        assert body.removesuffix(b"\r\n\r\n") == MESSAGE.encode().removesuffix(b"\r\n")
    else:
        assert body == MESSAGE.encode()
    assert (entry["tls"] is None, entry["user"] is None, entry["recipients"]) == (kind == "plain", kind == "plain", 1)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_it_delivers(start: Start, name: str, kind: str, tmp_path: Path) -> None:
    need(name)
    deliver(start("--log", "json", "--tls-port", "0"), name, kind, tmp_path)


@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN", "CRAM-MD5"])
@pytest.mark.parametrize("right", [True, False])
def test_every_mechanism_that_swaks_has(start: Start, mechanism: str, right: bool) -> None:
    need("swaks")
    sandbox = start("--log", "json")
    done = subprocess.run(["swaks", "--server", sandbox.host, "--port", str(sandbox.port), "--tls", "--auth", mechanism,
                           "--auth-user", "student", "--auth-password", sandbox.password if right else "wrong",
                           "-f", FROM, "-t", TO], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (done.returncode == 0) == right, done.stdout
    assert len(sandbox.messages()) == right


def test_xoauth2_of_curl(start: Start, tmp_path: Path) -> None:
    need("curl")
    sandbox = start("--log", "json")
    file = tmp_path / "message"
    file.write_text(LF)
    words = [*curl(sandbox, "plain", file), "--ssl-reqd", "--cacert", sandbox.says["ca"], "--user", "student",
             "--oauth2-bearer", sandbox.password, "--login-options", "AUTH=XOAUTH2"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    assert sandbox.stop() == 0
    assert sandbox.entries()[0]["user"] == "student"


# ---- what a good client must not accept --------------------------------------------------------


@pytest.mark.parametrize("cert", ["expired", "self-signed", "wrong-host", "unknown-ca", "cn-only"])
def test_certificates_that_a_client_refuses(start: Start, cert: str, tmp_path: Path) -> None:
    sandbox = start("--log", "json", "--tls-port", "0", "--cert", cert)
    file = tmp_path / "message"
    file.write_text("x\n")
    done = subprocess.run(solution(sandbox, "implicit", file), capture_output=True, text=True, timeout=SECONDS,
                          check=False, cwd=ROOT)
    assert done.returncode == 77, done.stderr
    assert sandbox.messages() == []
