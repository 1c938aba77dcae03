"""docs/refusals.md: how four servers word the same refusal, from their recordings; `make recordings` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from recordings import BY_HAND, path_of
from room import ROOT
from servers import NAMES

PAGE = ROOT / "docs" / "refusals.md"

# The heading of a refusal, and the recording that has it.
REFUSALS = {
    "A sender that is not wanted": "unwanted-sender",
    "A recipient that does not exist": "unknown-recipient",
    "A message that is too large": "too-large",
    "A wrong password": "wrong-password",
    "Too many messages": "too-many",
}
# Typed by hand: the heading, and the first line of the recording that begins so.
EARLY = {
    "MAIL before EHLO": "MAIL",
    "RCPT before MAIL": "RCPT",
    "DATA without a recipient": "DATA",
}

HEAD = """# The same refusal in the words of four servers

Written from the recordings in `transcripts/recorded/` by `make recordings`; a test says whether it is current. What
was refused is the same in each table, and so is the client. Dovecot's submission service hands the mail on to a
Postfix; what that one refuses is passed on in its words. aiosmtpd is a library: the two refusals of people, sender and
recipient, are worded by the program around it (here a small one of ours); the others are the library's.

"""

TAIL = """## What a client may rely on

- **The first digit.** 5: do not send it again as it is. 4: try again later. All servers agree on it in every table
  (RFC 5321 4.2.1). Where one of them does not refuse at all, that is no disagreement: it is more patient.
- **Not on all three digits.** The same refusal is 550 here and 554 there, or 421, 450 and 451. A client that looks for
  `550` alone takes a 554 for something else.
- **The enhanced code's first number, if there is a code** (RFC 3463): it is that of the reply. The second says what it
  is about (1 an address, 2 a mailbox, 3 the mail system, 5 the protocol, 7 security and policy), but too large is 3 to
  one server and 2 to another. Postfix and Dovecot offer `ENHANCEDSTATUSCODES` after EHLO (RFC 2034) and send one with
  each refusal; aiosmtpd sends some without having offered; Exim sends none, and a client must do without.
- **Not on the words.** They differ nearly everywhere, and the next version may change them. They are for people: show
  them.
- **Not on the command that is refused.** One server refuses a sender at MAIL, another waits until RCPT, since then it
  can log who was to get the mail. Check every reply.
- **Not on being stopped.** A server may take commands in an order that the RFC does not allow. The next one will not.
- **Not on how many lines a reply has.** Read on while a hyphen follows the code.
- **421 ends the session,** whatever command it answers (RFC 5321 3.8).

## A question for a lab sheet

Look at *A sender that is not wanted* and *Too many messages* above.

1. Write down, for each server, what a client knows from the first digit alone, and what more it knows from the rest.
2. A client has this line: `if (strstr(reply, "too much mail")) wait_and_retry();`. At which of the servers does it
   work? Write the condition that works at all of them, and say in which section of RFC 5321 the answer stands.
3. At which command did each server refuse the sender? Your client checks only the reply to MAIL. What does it send next
   to the servers that waited, and what would the user be told?
"""


@dataclass(frozen=True)
class Refusal:
    """One reply that says no."""

    server: str
    command: str  # what it answers
    lines: tuple[str, ...]

    @property
    def code(self) -> str:
        return self.lines[-1][:3]

    @property
    def enhanced(self) -> str:
        found = re.match(r"\d{3}[ -](\d\.\d+\.\d+)\b", self.lines[-1])
        return found[1] if found else ""

    @property
    def words(self) -> str:
        return self.lines[-1][4:].removeprefix(self.enhanced).strip()


def replies(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each reply of a recording, with the client's line before it."""
    command = "the connection"
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("C: "):
            command = line[3:]
        elif line.startswith("S: "):
            lines.append(line[3:])
            if line[6:7] != "-":
                yield command, tuple(lines)
                lines = []


def called(command: str) -> str:
    """A client's line in a word."""
    return {".": "the final dot"}.get(command, "the password" if command.startswith("{b64") else command.split()[0])


def refusals(scene: str) -> list[Refusal]:
    """The first reply of each server's recording that says no; [] of those that have none."""
    found: list[Refusal] = []
    for name in NAMES:
        path = path_of(name, scene)
        text = path.read_text() if path.exists() else ""
        found += [Refusal(name, called(command), lines) for command, lines in replies(text) if lines[0][0] in "45"][:1]
    return found


def early(verb: str) -> list[Refusal]:
    """What each server says to a command that is too early, be it a refusal or not."""
    first = [next(told for told in replies(path_of(name, BY_HAND).read_text()) if told[0].startswith(verb))
             for name in NAMES]
    return [Refusal(name, verb, lines) for name, (_, lines) in zip(NAMES, first, strict=True)]


def table(rows: list[Refusal]) -> str:
    lines = [["server", "answers", "code", "enhanced", "words"], ["---"] * 5]
    lines += [[r.server, r.command, r.code, r.enhanced or "none", f"`{r.words}`"] for r in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def page() -> str:
    text = HEAD + "".join(f"## {heading}\n\n{table(refusals(scene))}" for heading, scene in REFUSALS.items())
    return text + "".join(f"## {heading}\n\n{table(early(verb))}" for heading, verb in EARLY.items()) + TAIL


def main() -> None:
    PAGE.write_text(page())
    print(f"{PAGE.relative_to(ROOT)} is written")


if __name__ == "__main__":
    main()
