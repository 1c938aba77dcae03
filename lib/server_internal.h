/*
 * What the parts of server share. A session is one struct and a few readers:
 * `reads` says what the next bytes are, and its reader takes them.
 *
 *   server.c          the loop, greeting and end, what can be asked
 *   server_line.c     command and response lines: their ends, their lengths, what must not be in them
 *   server_command.c  the table of handlers, what every command has to pass, the small commands
 *   server_hello.c    EHLO, HELO, STARTTLS
 *   server_auth.c     AUTH; server_mechanism.c: LOGIN, PLAIN, CRAM-MD5, XOAUTH2
 *   server_mail.c     MAIL, RCPT and the transaction; server_parameter.c: their parameters
 *   server_data.c     the message: DATA and BDAT; server_scan.c: its bytes
 *   server_fault.c    where `faults` strikes
 *   server_weak.c     wrong on purpose
 *   server_reply.c    all the words
 */
#ifndef SMTPLAB_SERVER_INTERNAL_H
#define SMTPLAB_SERVER_INTERNAL_H

#include "address.h"
#include "reply.h"
#include "server.h"

/* What the next bytes are. */
enum server_reads {
    READS_COMMAND,
    READS_RESPONSE, /* a line of AUTH */
    READS_LONG,     /* the rest of a line that is too long */
    READS_MESSAGE,  /* up to the final dot */
    READS_CHUNK,    /* as many as BDAT announced */
    READS_NOTHING   /* TLS is due, or the session is over */
};

/* Bytes to be read. A reader that cannot go on without more sets `starved`. */
struct server_input {
    const char *at;
    const char *end;
    bool starved;
};

/* Replies that are always the same; the table is in server_reply.c. */
enum server_refusal {
    REFUSE_NOTHING, /* all is well */
    REFUSE_LONG_LINE,
    REFUSE_LONG_RESPONSE,
    REFUSE_BARE_LF,
    REFUSE_BARE_CR,
    REFUSE_NUL,
    REFUSE_HTTP,
    REFUSE_TLS_BYTES,
    REFUSE_ERRORS,
    REFUSE_IDLING,
    REFUSE_GREETED_BADLY,
    REFUSE_HELLO_FIRST,
    REFUSE_EHLO_FIRST,
    REFUSE_MAIL_FIRST,
    REFUSE_RCPT_FIRST,
    REFUSE_MAIL_OPEN,
    REFUSE_NO_RECIPIENTS,
    REFUSE_CHUNKS_BEGUN,
    REFUSE_CHUNK_FAILED,
    REFUSE_NO_TOPIC,
    REFUSE_NO_TLS,
    REFUSE_TLS_TWICE,
    REFUSE_TLS_BEHIND,
    REFUSE_NO_AUTH,
    REFUSE_AUTH_TWICE,
    REFUSE_AUTH_CLEAR,
    REFUSE_MECHANISM,
    REFUSE_NO_INITIAL,
    REFUSE_BASE64,
    REFUSE_RESPONSE,
    REFUSE_CANCELLED,
    REFUSE_LOGIN,
    REFUSE_TLS_FIRST,
    REFUSE_LOGIN_FIRST,
    REFUSE_NO_DIGEST,
    REFUSE_BRACKETS,
    REFUSE_SYNTAX, /* server_refuse_syntax() says what would be right */
    REFUSE_SENDER,
    REFUSE_RECIPIENT,
    REFUSE_LONG_PATH,
    REFUSE_LONG_LOCAL,
    REFUSE_UTF8_ADDRESS,
    REFUSE_NOT_UTF8,
    REFUSE_PARAMETER,
    REFUSE_PARAMETER_HELO,
    REFUSE_PARAMETER_TWICE,
    REFUSE_VALUE,
    REFUSE_RECIPIENT_COUNT,
    REFUSE_NO_MEMORY,
    REFUSE_CHUNK_SIZE,
    REFUSE_NOT_STORED,
    REFUSE_TEXT_LF, /* of several things wrong with a message the first in this order is told: */
    REFUSE_TEXT_CR, /* the first in the message would depend on how it came in blocks */
    REFUSE_TEXT_NUL,
    REFUSE_TEXT_LONG,
    REFUSE_SIZE,
    REFUSE_NO_ROOM,
    REFUSE_COUNT
};

/* What ended the text before. */
enum server_ended { IN_TEXT, BY_CRLF, BY_LF, BY_CR };

struct server_mail {
    struct buf from;
    struct buf to; /* all recipients, each with a NUL behind it: no allocation a recipient */
    size_t count;
    const char **list; /* points into `to` while the host has the message */
    size_t list_cap;
    bool eight_bit;
    bool utf8;
    bool tried;                  /* a recipient was refused */
    bool open;                   /* the host has it */
    bool chunks;                 /* BDAT has begun */
    bool failed;                 /* a chunk was refused: only RSET helps (RFC 3030 4.2) */
    size_t size;                 /* octets so far, dots undone */
    enum server_refusal refusal; /* found in the message; said after its end */
    struct fault_mailbox late;   /* a recipient's fault that strikes at the dot, if late.local is set */
    struct {
        enum server_ended after; /* what stands before the next byte */
        bool cr;                 /* a CR does, and what follows decides what it is */
        size_t column;           /* octets of the line so far */
    } text;
};

/* Takes a response to AUTH, base64 undone; ends with ask, fail or finish. */
typedef void server_response_fn(struct server *s, const char *text, size_t n);

struct server_login {
    server_response_fn *next;
    struct buf user; /* LOGIN: the name, until the password comes */
    struct buf text; /* the response, decoded */
    char challenge[2 * SERVER_ID_MAX + ADDRESS_DOMAIN_MAX];
};

struct server_mechanism {
    const char *name;
    enum server_auth bit;
    const char *prompt;                 /* for a response, where no initial one came */
    void (*challenge)(struct server *); /* instead: the server has to speak first */
    server_response_fn *response;       /* takes the first one */
};

struct server {
    const struct server_config *config;
    const struct server_host *host;
    struct buf *out;      /* during a call */
    enum server_act then; /* what has to happen once the replies are sent; SERVER_MORE: nothing */
    enum phase phase;
    enum server_reads reads;
    bool tls;
    bool esmtp;
    bool unwelcome;  /* the greeting was a refusal: nothing but QUIT (RFC 5321 3.1) */
    bool bad_line;   /* an LF alone was in the line that is being read */
    bool login_line; /* READS_LONG: it is a response of AUTH */
    bool grey_seen;
    size_t began;  /* how much was in `out` when the call began */
    size_t behind; /* bytes that came behind the command being carried out */
    size_t chunk;  /* octets of the chunk still to come */
    size_t chunk_size;
    bool chunk_last;
    enum server_refusal chunk_refusal; /* to be said once the chunk is there */
    int good_code;                     /* what a fault makes of the good reply; 0: nothing */
    const char *good_words;
    bool paced; /* `pace` holds for the reply just given */
    struct server_pace pace;
    unsigned errors; /* refusals in a row */
    unsigned idle;   /* commands that moved nothing on */
    unsigned count[FAULT_POINT_COUNT];
    unsigned spent[FAULTS_MAX];
    char hello[ADDRESS_DOMAIN_MAX + 1];
    char last[REPLY_LINE_MAX];
    struct server_summary summary; /* its texts are filled in when it is asked for */
    struct server_login login;
    struct server_mail mail;
    struct buf header; /* SERVER_WEAK_HEADER_INJECTION: the message's beginning */
};

/* server.c */
void server_close(struct server *s, enum server_act how);
void server_work_done(struct server *s); /* something moved on: the row of errors ends */

/* server_line.c */
void server_read_command(struct server *s, struct server_input *in);
void server_read_response(struct server *s, struct server_input *in);
void server_read_long(struct server *s, struct server_input *in);

/* server_command.c */
void server_command(struct server *s, const char *line, size_t n);
enum server_refusal server_out_of_order(const struct server *s, enum verb v);

/* server_hello.c */
size_t server_size_max(const struct server *s);
void server_ehlo(struct server *s, const struct command *c);
void server_helo(struct server *s, const struct command *c);
void server_starttls(struct server *s, const struct command *c);
void server_forget(struct server *s); /* all that the client has said, login included */

/* server_auth.c: the steps */
void server_auth(struct server *s, const struct command *c);
void server_auth_response(struct server *s, const char *line, size_t n);
void server_auth_end(struct server *s);
void server_auth_ask(struct server *s, const char *challenge,
                     server_response_fn *next); /* in base64 already */
void server_auth_ask_encoded(struct server *s, const char *text, server_response_fn *next);
void server_auth_fail(struct server *s, enum server_refusal why);
void server_auth_finish(struct server *s, bool right);
void server_wipe(struct buf *b);

/* server_mechanism.c */
const struct server_mechanism *server_mechanism_find(const struct server *s, const char *name, size_t n);
bool server_auth_offered(const struct server *s);
int server_auth_list(const struct server *s, struct buf *out); /* " PLAIN LOGIN" */
server_response_fn server_xoauth2_failed;                      /* takes it undecoded */

/* server_mail.c */
void server_mail_from(struct server *s, const struct command *c);
void server_rcpt_to(struct server *s, const struct command *c);
void server_mail_reset(struct server *s); /* the transaction is over; what the host has is abandoned */
int server_mail_add(struct server *s, const char *address, size_t n);
int server_mail_envelope(struct server *s, struct server_envelope *out); /* -1: memory */

/* server_parameter.c */
enum server_refusal server_parameters(struct server *s, enum verb v, const char *text, size_t n);

/* server_data.c */
void server_data(struct server *s, const struct command *c);
void server_bdat(struct server *s, const struct command *c);
void server_read_message(struct server *s, struct server_input *in);
void server_read_chunk(struct server *s, struct server_input *in);
void server_keep(struct server *s, const char *from, const char *to); /* bytes of the message */
void server_spoil(struct server *s, enum server_refusal why);         /* it will be refused after its end */

/* server_scan.c */
void server_scan_begin(struct server *s);
bool server_scan(struct server *s, struct server_input *in, bool dots); /* true: the final dot was found */
void server_scan_end(struct server *s);                                 /* no more will come */

/* server_fault.c */
enum server_struck { STRUCK_NOT, STRUCK_REPLY, STRUCK_SILENT };
enum server_struck server_fault(struct server *s, int at, enum verb v);
enum server_struck server_fault_mailbox(struct server *s, const struct fault_mailbox *m);
const struct fault_mailbox *server_mailbox(struct server *s, const char *address, size_t local_len,
                                           struct fault_mailbox *scratch);
void server_count(struct server *s, int at);
bool server_fault_injects(struct server *s);
void server_fault_handshake(struct server *s);

/* server_weak.c */
void server_weak_text(const struct server *s, struct buf *out);
void server_weak_keep(struct server *s, const char *bytes, size_t n);
void server_weak_recipients(struct server *s);

/* server_reply.c */
void server_say(struct server *s, int code, const char *text); /* lines of text are parted by LF */
void server_sayf(struct server *s, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
void server_good(struct server *s, int code,
                 const char *text); /* the same, unless a fault has another code for it */
void server_refuse(struct server *s, enum server_refusal why);
void server_refuse_syntax(struct server *s, enum verb v);

static inline bool server_is_weak(const struct server *s, enum server_weak weakness) {
    return (s->config->weak & (unsigned)weakness) != 0;
}

#endif
