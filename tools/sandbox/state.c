#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD_MAX 4096
#define PASSWORD_LENGTH 16 /* of 32 letters each: 80 bits */
#define USER "student"

/* --- the folder --- */

/* Where XDG's rules put what a program keeps and nobody edits. */
static int choose_folder(struct state *s, const struct options *o, struct err *e) {
    const char *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int n;

    if (o->state != NULL)
        n = snprintf(s->folder, sizeof(s->folder), "%s", o->state);
    else if (xdg != NULL && xdg[0] == '/')
        n = snprintf(s->folder, sizeof(s->folder), "%s/smtplab", xdg);
    else if (home != NULL && home[0] != '\0')
        n = snprintf(s->folder, sizeof(s->folder), "%s/.local/state/smtplab", home);
    else
        return err_set(e, ERR_INPUT, "there is no HOME to keep things in: say where with --state");
    return n < STATE_PATH_MAX ? 0 : err_set(e, ERR_INPUT, "the name of the folder for --state is too long");
}

/* With all that lead to it. */
static int make_folder(const char *path, struct err *e) {
    char part[STATE_PATH_MAX];

    for (const char *end = strchr(path + 1, '/');; end = strchr(end + 1, '/')) {
        size_t n = end == NULL ? strlen(path) : (size_t)(end - path);

        snprintf(part, sizeof(part), "%.*s", (int)n, path);
        if (mkdir(part, 0700) == -1 && errno != EEXIST)
            return err_errno(e, ERR_FILE, "cannot make the folder %s", part);
        if (end == NULL)
            return 0;
    }
}

/* --- the account --- */

/* The first line of the file. */
static int read_password(struct state *s, struct err *e) {
    FILE *f = fopen(s->password_file, "r");
    char line[PASSWORD_MAX];

    if (f == NULL)
        return err_errno(e, ERR_FILE, "cannot read %s", s->password_file);

    bool read = fgets(line, sizeof(line), f) != NULL;

    fclose(f);
    line[read ? strcspn(line, "\r\n") : 0] = '\0';
    if (line[0] == '\0')
        return err_set(e, ERR_FILE, "there is no password in %s", s->password_file);
    return buf_add_text(&s->password, line) == 0 ? 0 : err_set(e, ERR_SYSTEM, "out of memory");
}

/* Letters that nobody takes for one another. Their number divides 256: each is as likely as any other. */
static int invent_password(char password[PASSWORD_LENGTH + 2], int chance, struct err *e) {
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";

    if (read(chance, password, PASSWORD_LENGTH) != PASSWORD_LENGTH)
        return err_errno(e, ERR_FILE, "cannot read /dev/urandom");
    for (int i = 0; i < PASSWORD_LENGTH; i++)
        password[i] = letters[(unsigned char)password[i] % (sizeof(letters) - 1)];
    memcpy(password + PASSWORD_LENGTH, "\n", 2);
    return 0;
}

static bool write_file(const char *path, const char *bytes, size_t n) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd != -1 && write(fd, bytes, n) == (ssize_t)n;

    return fd != -1 && close(fd) == 0 && written;
}

/* Whole or not at all, and if two servers are started at once, both have the one that was there first. */
static int write_password(struct state *s, int chance, struct err *e) {
    char password[PASSWORD_LENGTH + 2];
    char draft[STATE_PATH_MAX + 64];
    int result = invent_password(password, chance, e);

    if (result == -1)
        return -1;
    snprintf(draft, sizeof(draft), "%s.%ld", s->password_file, (long)getpid());
    if (!write_file(draft, password, PASSWORD_LENGTH + 1) ||
        (link(draft, s->password_file) == -1 && errno != EEXIST))
        result = err_errno(e, ERR_FILE, "cannot write %s", s->password_file);
    unlink(draft);
    return result;
}

static int open_account(struct state *s, const struct options *o, int chance, struct err *e) {
    s->user = o->user != NULL ? o->user : USER;
    if (o->password_file != NULL)
        snprintf(s->password_file, sizeof(s->password_file), "%.*s", STATE_PATH_MAX, o->password_file);
    else
        snprintf(s->password_file, sizeof(s->password_file), "%s/password", s->folder);
    if (o->password_file == NULL && access(s->password_file, F_OK) == -1 &&
        write_password(s, chance, e) == -1)
        return -1;
    return read_password(s, e);
}

/* --- the whole --- */

static void choose_maildir(struct state *s, const struct options *o) {
    if (o->discard)
        s->maildir[0] = '\0';
    else if (o->maildir != NULL)
        snprintf(s->maildir, sizeof(s->maildir), "%.*s", STATE_PATH_MAX, o->maildir);
    else
        snprintf(s->maildir, sizeof(s->maildir), "%s/Maildir", s->folder);
}

int state_open(struct state *s, const struct options *o, int chance, struct err *e) {
    memset(s, 0, sizeof(*s));
    buf_init(&s->password, PASSWORD_MAX);
    if (choose_folder(s, o, e) == -1 || make_folder(s->folder, e) == -1)
        return -1;
    snprintf(s->ca_file, sizeof(s->ca_file), "%s/ca.pem", s->folder);
    choose_maildir(s, o);
    s->ca = tls_ca_kept(s->folder, e);
    return s->ca == NULL ? -1 : open_account(s, o, chance, e);
}

void state_close(struct state *s) {
    buf_free(&s->password);
    tls_ca_free(s->ca);
}
