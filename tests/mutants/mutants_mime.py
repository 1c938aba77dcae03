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
TO_LINE = 'add_line(c, "%s <%s>%s", i == 0 ? "To:" : "", m->to[i], i + 1 < m->to_count ? "," : "")'
CHARSET = 'add_line(c, "Content-Type: text/%s; charset=%s", type, charset_of(text, n))'
CHARSET_IF = f"""    if ({CHARSET} == -1 ||
        add_line(c, "Content-Transfer-Encoding: %s", fits ? "7bit" : "quoted-printable")"""
EIGHT_BIT = f"""bool fits = fits_as_it_is(text, n) || !is_ascii(text, n);
    if ({CHARSET} == -1 ||
        add_line(c, "Content-Transfer-Encoding: %s",
                 !fits ? "quoted-printable" : is_ascii(text, n) ? "7bit" : "8bit")"""

MUTANTS: tuple[Mutant, ...] = (
    # ---- the header ----
    Mutant("no MIME-Version", "mime", "no-mime-version", 'return add_line(c, "MIME-Version: 1.0");', "return 0;"),
    Mutant("no Date", "mime", "bad-date", "if (add_date(c) == -1 || ", "if ("),
    Mutant("a Date as ctime() writes it", "mime", "bad-date", '"%a, %d %b %Y %H:%M:%S %z"', '"%a %b %d %H:%M:%S %Y"'),
    Mutant("a Date without its zone", "mime", "bad-date", "%H:%M:%S %z", "%H:%M:%S"),
    Mutant("a Date that was copied", "mime", "bad-date", 'return add_line(c, "Date: %s", date);',
           'return add_line(c, "Date: Tue, 21 Nov 2023 15:04:05 +0100");'),
    Mutant("a Date with another day's name", "mime", "bad-date",
           "    struct tm here;\n    if (!localtime_r(&now, &here) ||",
           "    struct tm here;\n    if (!localtime_r(&now, &here) || (here.tm_wday = (here.tm_wday + 1) % 7) > 6 ||"),
    Mutant("a Date whose zone is not that of its hours", "mime", "bad-date", "%H:%M:%S %z", "%H:%M:%S +1245"),
    Mutant("no Message-ID", "mime", "bad-message-id", "add_message_id(c, m) == -1 || ", ""),
    Mutant("a Message-ID without brackets", "mime", "bad-message-id", "Message-ID: <%lld.%09ld.%ld.%u@%s>",
           "Message-ID: %lld.%09ld.%ld.%u@%s"),
    Mutant("a Message-ID made of the second", "mime", "bad-message-id", SECOND,
           "(long long)now.tv_sec, 0L, (long)getpid(), count,"),
    Mutant("To: the first recipient alone", "mime", "header-missing",
           "for (size_t i = 0; i < m->to_count; i++)\n        if (add_line(c,",
           "for (size_t i = 0; i < 1; i++)\n        if (add_line(c,"),
    Mutant("a To for each recipient", "mime", "header-missing", TO_LINE, 'add_line(c, "To: <%s>", m->to[i])'),
    Mutant("the subject twice", "mime", "header-missing", "add_subject(c, m->subject) == -1)",
           "add_subject(c, m->subject) == -1 || add_subject(c, m->subject) == -1)"),
    Mutant("encoded words in another charset than they say", "mime", "header-missing",
           "const char *charset = charset_of(text, n);",
           'const char *charset = charset_of(text, n)[1] == \'T\' ? "ISO-8859-1" : "US-ASCII";'),
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
    Mutant("a text beyond ASCII without its charset", "mime", "wrong-part", CHARSET,
           'add_line(c, "Content-Type: text/%s", type)'),
    Mutant("8bit to a server that does not offer it", "mime", "bad-encoding",
           "bool fits = fits_as_it_is(text, n);\n" + CHARSET_IF, EIGHT_BIT),
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
    Mutant("a file name beyond ASCII as it is", "mime", "eight-bit-header", "if (is_harmless_name(name))",
           "if (is_harmless_name(name) || name)"),
    Mutant("a file name without quotes", "mime", "wrong-part", "if (is_harmless_name(name))",
           'if (strchr(name, 32))\n        return add_line(c, "Content-Disposition: attachment; filename=%s", name);\n'
           '    if (is_harmless_name(name))'),
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
