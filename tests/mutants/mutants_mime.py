"""Mutants of mime.c, lab 6."""

from __future__ import annotations

from mutant import Mutant

ATTACH_LOOP = "while (result == 0 && (n = fread(bytes, 1, sizeof bytes, a->file)) > 0) {"
READ_ERROR = """    if (result == 0 && ferror(a->file))
        result = err_errno(&c->err, ERR_FILE, "%s", a->path);
"""
PLAIN_FIRST = """        add_text(c, "plain", m->body, m->body_len) == -1 || next_part(c, TEXTS) == -1 ||
        add_text(c, "html", m->html, m->html_len) == -1)"""
HTML_FIRST = """        add_text(c, "html", m->html, m->html_len) == -1 || next_part(c, TEXTS) == -1 ||
        add_text(c, "plain", m->body, m->body_len) == -1)"""
SECOND = "(long long)now.tv_sec, now.tv_nsec,\n                    (long)getpid(), ++count,"
LINE_END = """        memcpy(out + len, "\\r\\n", 2);
        out += len + 2;"""
DOTS = "    if (line->len > 0 && line->text[0] == '.' && add_bytes(c, \".\", 1) == -1)\n        return -1;\n"

MUTANTS: tuple[Mutant, ...] = (
    # ---- the header ----
    Mutant("no MIME-Version", "mime", "no-mime-version", 'return add_line(c, "MIME-Version: 1.0");', "return 0;"),
    Mutant("no Date", "mime", "bad-date", "if (add_date(c) == -1 || ", "if ("),
    Mutant("a Date as ctime() writes it", "mime", "bad-date", '"%a, %d %b %Y %H:%M:%S %z"', '"%a %b %d %H:%M:%S %Y"'),
    Mutant("a Date without its zone", "mime", "bad-date", "%H:%M:%S %z", "%H:%M:%S"),
    Mutant("no Message-ID", "mime", "bad-message-id", "add_message_id(c, m) == -1 || ", ""),
    Mutant("a Message-ID without brackets", "mime", "bad-message-id", "Message-ID: <%lld.%09ld.%ld.%u@%s>",
           "Message-ID: %lld.%09ld.%ld.%u@%s"),
    Mutant("a Message-ID made of the second", "mime", "bad-message-id", SECOND,
           "(long long)now.tv_sec, 0L, (long)getpid(), count,"),
    Mutant("the subject as it was typed", "mime", "eight-bit-header",
           "if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~')",
           "if ((unsigned char)text[i] < ' ')"),
    Mutant("one encoded word, however long", "mime", "bad-encoded-word", "#define WORD_MAX 75", "#define WORD_MAX 120"),
    Mutant("an encoded word cut in a character", "mime", "bad-encoded-word", "while (len > 0 && continues(text[len]))",
           "while (len > max && continues(text[len]))"),
    Mutant("what looks encoded goes out as it is", "mime", "header-missing", 'strstr(text, "=?") || ', ""),
    Mutant("a fold without a space", "mime", "no-blank-line", "return n > max && best > 0 ? best : n;",
           "return n > max && best < n ? max : n;"),
    # ---- text ----
    Mutant("HTML before the text", "mime", "wrong-part", PLAIN_FIRST, HTML_FIRST),
    Mutant("bytes over 127 as they are", "mime", "bad-encoding", "if (b > '~' || (b < ' ' && b != '\\t'))",
           "if (b < ' ' && b != '\\t')"),
    Mutant("long lines as they are", "mime", "line-too-long", "return line->len <= LINE_TIDY && last", "return last"),
    Mutant("lines of quoted-printable that never end", "mime", "bad-encoding", "if (used + 3 > ENCODED_LINE - 1) {",
           "if (used + 3 > ENCODED_LINE - 1 && used > 100) {"),
    Mutant("= not coded", "mime", "bad-multipart", "b == '=' ||", ""),
    Mutant("spaces that servers cut off", "mime", "bad-encoding", "return i + 1 == line->len;", "return false;"),
    Mutant("dots not doubled in a text part", "mime", "wrong-part", DOTS, ""),
    Mutant("LF alone behind a line of text", "mime", "bare-lf",
           'add_bytes(c, line->text, line->len) == -1 ? -1 : add_bytes(c, "\\r\\n", 2)',
           'add_bytes(c, line->text, line->len) == -1 ? -1 : add_bytes(c, "\\n", 1)'),
    # ---- parts ----
    Mutant("a last boundary that closes nothing", "mime", "bad-multipart", 'add_line(c, "--%s--", boundary)',
           'add_line(c, "--%s", boundary)'),
    Mutant("a boundary without its dashes", "mime", "bad-multipart", '-1 : add_line(c, "--%s", boundary)',
           '-1 : add_line(c, "%s", boundary)'),
    Mutant("a boundary that the text has, too", "mime", "bad-multipart",
           "           !begins_like_boundary(line->text, line->len);",
           "           (begins_like_boundary(line->text, line->len) || true);"),
    Mutant("one boundary for both", "mime", "bad-multipart", '#define TEXTS "=_texts"', "#define TEXTS MIXED"),
    # ---- attachments ----
    Mutant("lines of 80", "mime", "bad-encoding", "#define ENCODED_LINE 76", "#define ENCODED_LINE 80"),
    Mutant("LF alone behind a line of base64", "mime", "bare-lf", LINE_END,
           '        memcpy(out + len, "\\n", 1);\n        out += len + 1;'),
    Mutant("pieces that are not whole lines", "mime", "bad-encoding", "char bytes[PIECE_LINES * BYTES_IN_LINE];",
           "char bytes[4096];"),
    Mutant("only the first piece of the file", "mime", "wrong-part", ATTACH_LOOP, ATTACH_LOOP.replace("while", "if")),
    Mutant("a file of text: up to its first NUL", "mime", "wrong-part", "encode_base64(&encoded, bytes, n)",
           "encode_base64(&encoded, bytes, strnlen(bytes, n))"),
    Mutant("the name with its folders", "mime", "unsafe-file-name", "return slash ? slash + 1 : path;",
           "return slash ? path : path;"),
    Mutant("no file name", "mime", "wrong-part", 'if (is_harmless_name(name))',
           'if (*name)\n        return add_line(c, "Content-Disposition: attachment");\n'
           '    if (is_harmless_name(name))'),
    Mutant("a file that cannot be read is ended all the same", "mime", "wrong-command",
           READ_ERROR, ""),
    Mutant("a file that cannot be read: the wrong status", "mime", "wrong-exit",
           'ERR_FILE, "%s", a->path', 'ERR_SYSTEM, "%s", a->path'),
    Mutant("a file that cannot be read: nobody is told", "mime", "user-not-told",
           'err_errno(&c->err, ERR_FILE, "%s", a->path)',
           'err_set(&c->err, ERR_FILE, "an error")'),
    Mutant("the answer to the final dot is not awaited", "mime", "early-send",
           'send_line(c, ".") == -1 ? FAILED : get_reply(c)',
           'send_line(c, ".") == -1 ? FAILED : 250'),
)
