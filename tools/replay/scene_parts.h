/* The parts of scene, seen only by its own files. */
#ifndef SMTPLAB_REPLAY_SCENE_PARTS_H
#define SMTPLAB_REPLAY_SCENE_PARTS_H

#include "scene.h"

#define SCENE_HOST "127.0.0.1"
#define SCENE_FILE_MAX (SCENE_PATH_MAX + 64)
#define SCENE_STDIN "standard-input"

/* folder.c */
void scene_path(const struct scene *s, const char *name, char path[SCENE_FILE_MAX]); /* of a file in it */
int scene_write_file(const char *path, const char *bytes, size_t n, struct err *e);  /* mode 0600 */

/* prepare.c */
int scene_know_all(struct scene *s, const char *ca_file,
                   struct err *e); /* the bindings of the start, and the password file */
int scene_write_blocks(struct scene *s, bool *has_input,
                       struct err *e); /* @stdin and @file; is there an @stdin? */
void scene_folder_of(const char *path, char folder[SCENE_PATH_MAX]); /* of a file */

/* command.c */
const char *scene_known(const struct scene *s, const char *name); /* the value of a name known at the start */
char **scene_other_command(const struct scene *s,
                           struct err *e); /* options->command with its fields filled in */

#endif
