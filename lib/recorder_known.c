/*
 * recorder_known - see recorder_known.h. Here: the values. recorder_mask.c prints lines without them.
 */
#include "recorder_known.h"

#include "encode.h"

#include <stdlib.h>
#include <string.h>

/* --- the list --- */

static void free_value(struct known_value *v) {
    for (int i = 0; i < KNOWN_ALIGNMENTS; i++) {
        memset(v->cores[i].data, 0, v->cores[i].len);
        buf_free(&v->cores[i]);
    }
    if (v->bytes != NULL)
        memset(v->bytes, 0, v->len);
    free(v->bytes);
}

void known_free(struct known *s) {
    for (size_t i = 0; i < s->count; i++)
        free_value(&s->values[i]);
    free(s->values);
    *s = (struct known){0};
}

static bool name_valid(const char *name) {
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return name[0] >= 'a' && name[0] <= 'z' && name[n] == '\0' && n <= KNOWN_NAME_MAX;
}

/* --- base64 of a value, wherever in a longer text it begins --- */

/*
 * Behind `shift` unknown bytes. A letter of base64 is six bits: those at the front that hold bits of the bytes before,
 * and the last if it holds bits of a byte behind, may be any; all between are the value's alone.
 */
static int make_core(struct buf *core, const char *value, size_t n, size_t shift) {
    struct buf text;
    buf_init(&text, n + KNOWN_ALIGNMENTS);
    buf_init(core, 2 * n + 8);
    size_t before = (shift * 8 + 5) / 6;
    int result =
        buf_add(&text, "\0\0", shift) | buf_add(&text, value, n) | encode_base64(core, text.data, text.len);
    if (result == 0) {
        size_t whole = text.len * 8 / 6;
        core->len = whole;
        core->data[whole] = '\0';
        buf_take(core, before);
    }
    memset(text.data, 0, text.len);
    buf_free(&text);
    return result;
}

static int fill_value(struct known_value *v, const void *value, size_t n) {
    int result = 0;
    v->bytes = malloc(n);
    if (v->bytes == NULL)
        return -1;
    memcpy(v->bytes, value, n);
    v->len = n;
    for (size_t shift = 0; shift < KNOWN_ALIGNMENTS; shift++)
        result |= make_core(&v->cores[shift], value, n, shift);
    return result;
}

/* --- adding --- */

static int make_room(struct known *s) {
    if (s->count < s->room)
        return 0;
    size_t room = s->room > 0 ? 2 * s->room : 8;
    struct known_value *grown = realloc(s->values, room * sizeof *grown);
    if (grown == NULL)
        return -1;
    s->values = grown;
    s->room = room;
    return 0;
}

static int append(struct known *s, const char *name, const void *value, size_t n, bool secret,
                  bool everywhere) {
    if (make_room(s) != 0)
        return -1;
    struct known_value *v = &s->values[s->count];
    *v = (struct known_value){.secret = secret, .everywhere = everywhere};
    for (int i = 0; i < KNOWN_ALIGNMENTS; i++)
        buf_init(&v->cores[i], 0);
    memcpy(v->name, name, strlen(name) + 1);
    if (fill_value(v, value, n) != 0) {
        free_value(v);
        return -1;
    }
    s->count++;
    return 0;
}

int known_add(struct known *s, const char *name, const void *value, size_t n, bool secret) {
    if (!name_valid(name) || n == 0 || s->count >= KNOWN_MAX)
        return -1;
    return append(s, name, value, n, secret, secret);
}

static bool name_taken(const struct known *s, const char *name) {
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->values[i].name, name) == 0)
            return true;
    return false;
}

/* password, password-2, password-3; "" when there are names enough. */
static void free_name(const struct known *s, const char *wanted, char name[KNOWN_NAME_MAX + 1]) {
    struct buf text;
    buf_init(&text, KNOWN_NAME_MAX);
    name[0] = '\0';
    for (unsigned i = 1; s->count < KNOWN_NAMED_MAX && i <= KNOWN_NAMED_MAX + 1; i++) {
        buf_clear(&text);
        if (buf_addf(&text, i == 1 ? "%s" : "%s-%u", wanted, i) != 0)
            break;
        if (!name_taken(s, text.data)) {
            memcpy(name, text.data, text.len + 1);
            break;
        }
    }
    buf_free(&text);
}

void known_learn(struct known *s, const char *name, const void *value, size_t n, bool secret) {
    char given[KNOWN_NAME_MAX + 1];
    const struct known_value *known = known_exact(s, value, n, secret);
    if (n == 0 || (known != NULL && known->secret == secret))
        return;
    given[0] = '\0';
    if (name != NULL)
        free_name(s, name, given);
    if (s->count >= KNOWN_ALL_MAX || append(s, given, value, n, secret, secret && n >= KNOWN_SHORT) != 0)
        s->overflow = true;
}

/* --- finding --- */

const struct known_value *known_exact(const struct known *s, const char *bytes, size_t n,
                                      bool prefer_secret) {
    const struct known_value *found = NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct known_value *v = &s->values[i];
        if (v->len == n && memcmp(v->bytes, bytes, n) == 0 && (found == NULL || v->secret == prefer_secret))
            found = v;
    }
    return found;
}

int known_response(struct known *s, const char *bytes, size_t n, bool keep, struct buf *out) {
    const struct known_value *known = known_exact(s, bytes, n, true);
    if (known != NULL && known->secret)
        return known_field(out, known);
    if (s->count >= KNOWN_NAMED_MAX) {
        known_learn(s, "response", bytes, n, true);
        return buf_add_text(out, KNOWN_HIDDEN);
    }
    char name[KNOWN_NAME_MAX + 1] = "response";
    struct buf number;
    buf_init(&number, sizeof name);
    if (buf_addf(&number, "%u", ++s->responses) == 0)
        strncat(name, number.data, sizeof name - strlen(name) - 1);
    buf_free(&number);
    if (keep && n >= KNOWN_SHORT && append(s, name, bytes, n, true, true) != 0)
        s->overflow = true;
    return buf_addf(out, "{secret:%s}", name);
}
