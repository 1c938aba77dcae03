"""Mutants of guard.c, lab 8."""

from __future__ import annotations

from mutant import Mutant

ADDRESS = "if (!is_visible((unsigned char)*at) || *at == '<' || *at == '>')"
HEADER = "if (((unsigned char)*at < ' ' && *at != '\\t') || *at == 127)"
STATE = "    c->text_state = byte == '\\r' ? CR_CAME : LINE_BEGINS;\n"
LINE_END = "byte == '\\n' && before == CR_CAME ? 0 : add_bytes(c, \"\\r\\n\", 2)"
LAST_LINE_END = "before == IN_LINE ? add_bytes(c, \"\\r\\n\", 2) : 0"
NUL = "    if (byte == '\\0')\n        return 0;\n"
GUARD_TEXT = "    if (n == 0)\n        return end_text(c);\n"
DOT_FIRST = "bool dot_first = c->text_state != IN_LINE && bytes[0] == '.';"
SHOWN = "bool shown = is_visible(byte) || byte == ' ';"

NEVER_MET = "what lab 4 has built must withstand this beside the guard, too"
CONTROLS = {
    "attacks/empty-file.smtp": "guard_text() is called once, with nothing",
    "attacks/endless-line.smtp": NEVER_MET,
    "attacks/no-reply-but-escapes.smtp": NEVER_MET,
    "hidden/attacks/endless-lines.smtp": NEVER_MET,
}

MUTANTS: tuple[Mutant, ...] = (
    # ---- what the user typed ----
    Mutant("an address is not looked at", "guard", "input-not-refused", ADDRESS, "if (false)"),
    Mutant("in an address only line breaks are looked for", "guard", "input-not-refused", ADDRESS,
           "if (*at == '\\r' || *at == '\\n')"),
    Mutant("in an address only CR is looked for", "guard", "input-not-refused", ADDRESS,
           "if (*at == '\\r' || *at == '>' || *at == 27)"),
    Mutant("in an address what cannot be seen passes", "guard", "input-not-refused", ADDRESS,
           "if (strchr(\"\\r\\n<> \", *at))"),
    Mutant("in a field only LF is looked for", "guard", "input-not-refused", HEADER, "if (*at == '\\n')"),
    Mutant("a field is not looked at", "guard", "input-not-refused", HEADER, "if (false)"),
    Mutant("the EHLO name is not looked at", "guard", "input-not-refused", HEADER,
           f"if (strcmp(name, \"--helo\") != 0 && ({HEADER[4:-1]}))"),
    Mutant("only letters and digits in an address", "guard", "no-connection", ADDRESS,
           "if (!strchr(\"abcdefghijklmnopqrstuvwxyz0123456789@.-\", *at))"),
    Mutant("bad input is called the server's fault", "guard", "wrong-exit", "ERR_INPUT, \"an address",
           "ERR_PROTOCOL, \"an address"),
    # ---- a message in pieces ----
    Mutant("no dot is doubled", "guard", "dot-stuffing", DOT_FIRST, "bool dot_first = false;"),
    Mutant("a dot is doubled wherever a piece begins with it", "guard", "wrong-body", DOT_FIRST,
           "bool dot_first = bytes[0] == '.';"),
    Mutant("every piece is taken for a new line", "guard", "wrong-body", GUARD_TEXT,
           GUARD_TEXT + "    c->text_state = LINE_BEGINS;\n"),
    Mutant("a dot that is the first of a piece is not doubled", "guard", "dot-stuffing", GUARD_TEXT,
           GUARD_TEXT + "    if (bytes[0] == '.')\n        c->text_state = IN_LINE;\n"),
    Mutant("only a line of one dot gets another", "guard", "dot-stuffing", DOT_FIRST,
           DOT_FIRST.replace(";", " && n == 1;")),
    Mutant("after a CR alone a dot is not doubled", "guard", "dot-stuffing", DOT_FIRST,
           "bool dot_first = c->text_state == LINE_BEGINS && bytes[0] == '.';"),
    Mutant("CR and LF are two line ends where a piece ends between them", "guard", "wrong-body", GUARD_TEXT,
           GUARD_TEXT + "    if (c->text_state == CR_CAME)\n        c->text_state = LINE_BEGINS;\n"),
    Mutant("CR and LF are two line ends", "guard", "wrong-body", LINE_END, "add_bytes(c, \"\\r\\n\", 2)"),
    Mutant("an LF alone goes out as it is", "guard", "bare-lf", LINE_END,
           "byte == '\\n' ? (before == CR_CAME ? 0 : add_bytes(c, \"\\n\", 1)) : add_bytes(c, \"\\r\\n\", 2)"),
    Mutant("a CR alone goes out as it is", "guard", "bare-cr", LINE_END,
           "byte == '\\r' ? add_bytes(c, \"\\r\", 1) : before == CR_CAME ? add_bytes(c, \"\\n\", 1) : "
           "add_bytes(c, \"\\r\\n\", 2)"),
    Mutant("a CR alone ends no line", "guard", "wrong-body", STATE + "    return " + LINE_END,
           STATE + "    return byte == '\\n' ? add_bytes(c, \"\\r\\n\", 2) : 0"),
    Mutant("a NUL goes out as it is", "guard", "nul-byte", NUL,
           NUL.replace("return 0", "return add_bytes(c, \"\", 1)")),
    Mutant("a NUL left out counts as the first byte of its line", "guard", "dot-stuffing", NUL,
           "    if (byte == '\\0') {\n        c->text_state = IN_LINE;\n        return 0;\n    }\n"),
    Mutant("a piece ends at its first NUL", "guard", "wrong-body", GUARD_TEXT,
           GUARD_TEXT + "    const char *nul = memchr(bytes, 0, n);\n    n = nul ? (size_t)(nul - bytes) : n;\n"),
    Mutant("the last line is not ended", "guard", "no-end-dot", LAST_LINE_END, "(void)before, 0"),
    Mutant("a line end more at the end, come what may", "guard", "extra-blank-line",
           LAST_LINE_END, "(void)before, add_bytes(c, \"\\r\\n\", 2)"),
    Mutant("the first piece only sets things up", "guard", "header-missing", GUARD_TEXT,
           GUARD_TEXT +
           "    static bool begun;\n    if (!begun) {\n        begun = true;\n        c->text_state = IN_LINE;\n"
           "        return 0;\n    }\n"),
    # ---- what the server said ----
    Mutant("the server's words go out as they came", "guard", "raw-bytes-shown", SHOWN, "bool shown = true;"),
    Mutant("of the server's words ESC alone is made visible", "guard", "raw-bytes-shown", SHOWN,
           "bool shown = byte != 27;"),
    Mutant("bytes above 127 are taken for letters", "guard", "raw-bytes-shown", SHOWN,
           "bool shown = byte >= ' ' && byte != 127;"),
    Mutant("DEL is taken for a letter", "guard", "raw-bytes-shown", SHOWN, "bool shown = byte >= ' ' && byte < 128;"),
    Mutant("an order makes the server's words unfit to be shown", "guard", "user-not-told", SHOWN,
           "bool shown = is_visible(byte) || byte == ' ';\n        if (!shown)\n            return 0;"),
)
