/* The folder of one run: made, written to, removed with all that is in it. */
#define _XOPEN_SOURCE 700 /* nftw() */

#include "scene_parts.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int scene_make_folder(struct scene *s, struct err *e) {
    const char *base = getenv("TMPDIR");

    snprintf(s->tmp, sizeof s->tmp, "%s/smtplab-XXXXXX", base != NULL && base[0] != '\0' ? base : "/tmp");
    if (mkdtemp(s->tmp) != NULL)
        return 0;
    s->tmp[0] = '\0';
    return err_errno(e, ERR_SYSTEM, "cannot make a folder for the run");
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void scene_remove_folder(struct scene *s) {
    if (s->tmp[0] != '\0')
        nftw(s->tmp, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void scene_path(const struct scene *s, const char *name, char path[SCENE_FILE_MAX]) {
    snprintf(path, SCENE_FILE_MAX, "%s/%s", s->tmp, name);
}

int scene_write_file(const char *path, const char *bytes, size_t n, struct err *e) {
    FILE *f = fopen(path, "w");

    if (f == NULL || fchmod(fileno(f), 0600) == -1 || (n > 0 && fwrite(bytes, 1, n, f) != n)) {
        if (f != NULL)
            fclose(f);
        return err_errno(e, ERR_FILE, "%s", path);
    }
    return fclose(f) == 0 ? 0 : err_errno(e, ERR_FILE, "%s", path);
}
