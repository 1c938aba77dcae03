/*
 * input.c - the password and the text of the message. (Provided.)
 */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static int read_all(FILE *in, const char *name, struct buf *out, struct err *e) {
    char piece[16384];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, in)) > 0)
        if (buf_add(out, piece, n) == -1)
            return err_set(e, ERR_FILE, "%s: more than %zu bytes", name, out->max);
    return ferror(in) ? err_errno(e, ERR_FILE, "%s", name) : 0;
}

static int read_file(const char *path, struct buf *out, struct err *e) {
    FILE *in = fopen(path, "rb");
    if (!in)
        return err_errno(e, ERR_FILE, "%s", path);
    int result = read_all(in, path, out, e);
    fclose(in);
    return result;
}

int read_body(const char *body, struct buf *out, struct err *e) {
    if (strcmp(body, "-") == 0)
        return read_all(stdin, "standard input", out, e);
    if (body[0] == '@')
        return read_file(body + 1, out, e);
    return buf_add_text(out, body) == 0 ? 0 : err_set(e, ERR_INPUT, "--body: too long");
}

/* The first line is the password; its line end is not. */
static int keep_first_line(struct buf *password, const char *where, struct err *e) {
    size_t len = strcspn(password->data, "\r\n");
    if (len == 0)
        return err_set(e, ERR_FILE, "%s: no password in it", where);
    password->data[len] = '\0';
    password->len = len;
    return 0;
}

static int password_from_file(const char *path, struct buf *password, struct err *e) {
    struct stat st;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
        fprintf(stderr, "note: others on this machine can read %s; chmod 600 it\n", path);
    if (read_file(path, password, e) == -1)
        return -1;
    return keep_first_line(password, path, e);
}

/* One line from the terminal, which shows none of it. Ctrl-C is off meanwhile: a program killed here would leave the terminal mute. */
static int read_unseen(FILE *terminal, struct buf *password, struct err *e) {
    struct termios before;
    if (tcgetattr(fileno(terminal), &before) == -1)
        return err_errno(e, ERR_FILE, "the terminal");
    struct termios mute = before;
    mute.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    tcsetattr(fileno(terminal), TCSAFLUSH, &mute);
    int ch;
    int result = 0;
    while (result == 0 && (ch = getc(terminal)) != EOF && ch != '\n')
        result = buf_add_char(password, (char)ch);
    tcsetattr(fileno(terminal), TCSAFLUSH, &before);
    return result == 0 ? 0 : err_set(e, ERR_INPUT, "the password is too long");
}

static int password_from_terminal(const char *user, struct buf *password, struct err *e) {
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    FILE *terminal = fd == -1 ? NULL : fdopen(fd, "r");
    if (!terminal) {
        if (fd != -1)
            close(fd);
        return err_set(e, ERR_NONE, "no terminal to ask for the password on: use --password-file FILE");
    }
    fprintf(stderr, "Password of %s (it does not show): ", user);
    int result = read_unseen(terminal, password, e);
    fputc('\n', stderr);
    fclose(terminal);
    return result == 0 ? keep_first_line(password, "the terminal", e) : -1;
}

int read_password(struct client *c) {
    const struct options *o = c->options;
    return o->password_file ? password_from_file(o->password_file, &c->secret, &c->err)
                            : password_from_terminal(o->user, &c->secret, &c->err);
}
