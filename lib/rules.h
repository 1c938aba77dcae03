/*
 * rules - the rulebook: every rule a client can break, worded once.
 *
 * The dialogue finds breaches, replay prints them, the grader takes marks by
 * them, the stepper explains them, docs/rules.md is generated from them. All
 * of them speak with the sentences of this table and no others.
 *
 * A sentence may hold one "%s", always at its end ("you went on; %s"), which
 * rules_sentence() fills with a circumstance (rules_circumstance()) or a piece
 * of data (a code, a verb, an address). It reads well without one, too.
 *
 * The rows stand in rules_session.c, rules_command.c, rules_message.c and rules_mime.c.
 */
#ifndef SMTPLAB_RULES_H
#define SMTPLAB_RULES_H

#include "buf.h"

enum severity { SEVERITY_NOTE, SEVERITY_WARN, SEVERITY_FAIL };

enum rule {
    /* the connection */
    RULE_NO_CONNECTION,     /* no-connection: ended without connecting */
    RULE_INPUT_NOT_REFUSED, /* input-not-refused: connected with an address or a text that breaks a line */
    RULE_SECOND_CONNECTION, /* second-connection: connected again though one was asked for */
    RULE_CLOSED_EARLY,      /* closed-early: hung up in the middle of the conversation */
    RULE_NO_QUIT,           /* no-quit: left without QUIT after all went well */
    RULE_WAITS_FOR_NOTHING, /* waits-for-nothing: waits for a reply that the server does not owe */
    RULE_WAITS_FOR_INPUT,   /* waits-for-input: asleep on standard input or the terminal */
    RULE_TOO_SLOW,          /* too-slow: only the wall clock ended it (the backstop) */
    /* order */
    RULE_TALK_BEFORE_GREETING, /* talk-before-greeting */
    RULE_GREETING_IGNORED,     /* greeting-ignored: went on after 4xx/5xx greeting */
    RULE_NO_HELLO,             /* no-hello: MAIL before EHLO or HELO */
    RULE_EARLY_SEND,           /* early-send: sent before the reply was complete */
    RULE_REPLY_IGNORED,      /* reply-ignored: went on as if a refusal had not come (MAIL, RCPT, EHLO ...) */
    RULE_AUTH_REPLY_IGNORED, /* auth-reply-ignored: went on to MAIL after the login was refused */
    RULE_DATA_BEFORE_354,    /* data-before-354: message sent though the server did not say 354 */
    RULE_BAD_SEQUENCE,       /* bad-sequence: a command at a moment it is not legal (503) */
    RULE_UNKNOWN_COMMAND,    /* unknown-command: no such verb (RCPT CC, EMAIL, a message line) */
    /* lines and bytes */
    RULE_BARE_LF,         /* bare-lf */
    RULE_BARE_CR,         /* bare-cr */
    RULE_NUL_BYTE,        /* nul-byte: sizeof where strlen was meant */
    RULE_NO_LINE_END,     /* no-line-end: a command without CRLF, both sides wait */
    RULE_LINE_TOO_LONG,   /* line-too-long: over 512 (command) or 1000 (text) octets */
    RULE_NOT_THESE_BYTES, /* not-these-bytes: a C= line of the transcript wanted other bytes */
    /* arguments */
    RULE_NO_ANGLE_BRACKETS, /* no-angle-brackets */
    RULE_SPACE_AFTER_COLON, /* space-after-colon (warn) */
    RULE_BAD_ADDRESS,       /* bad-address: what stands in the brackets is no address */
    RULE_BAD_ARGUMENT, /* bad-argument: wrong syntax after the verb (no colon, no name after EHLO, text after DATA) */
    RULE_PARAMETER_NOT_OFFERED, /* parameter-not-offered: SIZE=, BODY= ... that EHLO did not list */
    RULE_WRONG_ADDRESS,         /* wrong-address: right command, another address than was asked for */
    RULE_WRONG_COMMAND,         /* wrong-command: not what comes next in this transcript */
    /* AUTH and TLS */
    RULE_AUTH_IN_CLEAR, /* auth-in-clear: credentials without TLS though STARTTLS was offered or asked for */
    RULE_AUTH_EMPTY_LINE,   /* auth-empty-line: base64 that ends in a line feed of its own */
    RULE_WRONG_CREDENTIALS, /* wrong-credentials: not the user name or password that were given */
    RULE_STARTTLS_IGNORED, /* starttls-ignored: no handshake after 220, or went on in clear after a refusal */
    RULE_STARTTLS_NO_EHLO, /* starttls-no-ehlo: no EHLO after TLS began */
    RULE_HELO_AFTER_STARTTLS,      /* helo-after-starttls (note): HELO there hides the extensions */
    RULE_HELO_ONLY,                /* helo-only (note): HELO where EHLO was accepted or never tried */
    RULE_TLS_FAILED,               /* tls-failed: the handshake broke off */
    RULE_TLS_TOO_EARLY,            /* tls-too-early: a ClientHello where plain text was due */
    RULE_TLS_MISSING,              /* tls-missing: plain text where the handshake was due */
    RULE_BAD_CERTIFICATE_ACCEPTED, /* bad-certificate-accepted: expired, self-signed, for another host ... */
    RULE_INJECTED_REPLY,           /* injected-reply: went into TLS with plain text behind the 220 */
    /* the message */
    RULE_DOT_STUFFING,  /* dot-stuffing */
    RULE_NO_END_DOT,    /* no-end-dot: the message never ended */
    RULE_NO_BLANK_LINE, /* no-blank-line: header and body not separated */
    RULE_HEADER_MISSING, /* header-missing: a header field of the transcript is not there or has another value */
    RULE_WRONG_BODY,     /* wrong-body: the text differs */
    RULE_EXTRA_BLANK_LINE, /* extra-blank-line (warn): an empty line before the final dot */
    RULE_NO_DATE,          /* no-date (note): no Date field */
    RULE_EIGHT_BIT,        /* eight-bit (warn): bytes over 127 without BODY=8BITMIME */
    RULE_WRONG_RECIPIENTS, /* wrong-recipients: the message went to others than it should */
    RULE_WRONG_MESSAGE,    /* wrong-message: a "! message FILE" check */
    /* the program */
    RULE_NOT_DONE,        /* not-done: a TODO stub ended the run (exit 70) */
    RULE_CRASHED,         /* crashed: killed by a signal */
    RULE_MEMORY_ERROR,    /* memory-error: a sanitizer's report (exit 99) */
    RULE_FLOOD,           /* flood: more output or more bytes than any mail needs */
    RULE_WRONG_EXIT,      /* wrong-exit: another exit status than this outcome asks for */
    RULE_USER_NOT_TOLD,   /* user-not-told: standard error does not say it */
    RULE_SECRET_SHOWN,    /* secret-shown: a secret in clear, on the wire or in the output */
    RULE_RAW_BYTES_SHOWN, /* raw-bytes-shown: control bytes of the server or the user reached the terminal */
    /* a message in MIME: told by "! mime", "! part" and "! header" */
    RULE_BAD_DATE,         /* bad-date: no Date, or none that is a date */
    RULE_BAD_MESSAGE_ID,   /* bad-message-id: none, not <left@right>, or that of an earlier message */
    RULE_NO_MIME_VERSION,  /* no-mime-version */
    RULE_EIGHT_BIT_HEADER, /* eight-bit-header: bytes over 127 in a header field */
    RULE_BAD_ENCODED_WORD, /* bad-encoded-word: too long, cut in a character, not decodable */
    RULE_BAD_MULTIPART,    /* bad-multipart: boundary missing, not closed */
    RULE_BAD_ENCODING,     /* bad-encoding: a body that is not what its Content-Transfer-Encoding says */
    RULE_UNSAFE_FILE_NAME, /* unsafe-file-name: a folder or a control byte in it */
    RULE_WRONG_PART,       /* wrong-part: not there, of another type, name or content */
    RULE_COUNT
};

struct rule_info {
    const char *slug; /* stable: rubric, transcripts and reports name it */
    enum severity severity;
    const char *rfc;    /* "RFC 5321 4.3.2"; "" for rules of the exercise alone */
    const char *seen;   /* one clause, set behind "<-" beside the line: "you went on; %s" */
    const char *why;    /* one sentence: why it matters */
    const char *advice; /* one or two sentences: what to do */
};

/* The circumstances that refine a sentence; they fill its "%s". */
enum circumstance {
    CIRCUMSTANCE_NONE,             /* fills with "" */
    CIRCUMSTANCE_GREETING_REFUSED, /* "the server greeted with a refusal" */
    CIRCUMSTANCE_HELLO_REFUSED,    /* "EHLO and HELO were refused" */
    CIRCUMSTANCE_SENDER_REFUSED,   /* "the sender was refused" */
    CIRCUMSTANCE_NO_RECIPIENT,     /* "no recipient was accepted" */
    CIRCUMSTANCE_DATA_REFUSED,     /* "DATA was refused" */
    CIRCUMSTANCE_LOGIN_REFUSED,    /* "the login was refused" */
    CIRCUMSTANCE_TLS_REFUSED,      /* "STARTTLS was refused" */
    CIRCUMSTANCE_TLS_NOT_BEGUN,    /* "TLS was asked for and has not begun" */
    CIRCUMSTANCE_MESSAGE_REFUSED,  /* "the message was refused after the final dot" */
    CIRCUMSTANCE_CLOSING,          /* "421 says that the server closes the connection" */
    CIRCUMSTANCE_COUNT
};

/* The row; r must be below RULE_COUNT. */
const struct rule_info *rules_info(enum rule r);

/* The rule of that slug; RULE_COUNT if there is none. */
enum rule rules_named(const char *slug);

/* Words of a circumstance. */
const char *rules_circumstance(enum circumstance c);

/* "note", "warn", "fail". */
const char *severity_name(enum severity s);

/* The part of the rulebook a rule belongs to: "Order", "The message" ... Rules of one part stand together. */
const char *rules_group(enum rule r);

/* Append a sentence of the table with its "%s" (if any) replaced by fill. Without a fill (NULL or "") the "; " or ": " before it goes too. -1: the buffer's maximum. */
int rules_sentence(struct buf *out, const char *sentence, const char *fill);

#endif
