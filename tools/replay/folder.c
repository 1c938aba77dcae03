/* Temporary folders: made, written to, removed with all that is in them. */
#define _XOPEN_SOURCE 700 /* nftw() */

#include "scene_parts.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int folder_make(const char *base, char path[SCENE_PATH_MAX], struct err *e) {
    snprintf(path, SCENE_PATH_MAX, "%s/smtplab-XXXXXX", base);
    if (mkdtemp(path) != NULL)
        return 0;
    path[0] = '\0';
    return err_errno(e, ERR_SYSTEM, "cannot make a folder in %s", base);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void folder_remove(const char *path) {
    if (path[0] != '\0')
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
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
