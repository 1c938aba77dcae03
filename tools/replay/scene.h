/*
 * scene - one transcript against one client, from the temporary folder to the
 * last check. Its outcome is complete and unprinted: report and json read it.
 */
#ifndef SMTPLAB_REPLAY_SCENE_H
#define SMTPLAB_REPLAY_SCENE_H

#include "../../lib/play.h"
#include "options.h"

#define SCENE_PATH_MAX 4096
#define SCENE_TAIL_MAX 4096 /* bytes of the client's output that a report keeps */

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_NOT_JUDGED };

/* What all scenes of one run of smtp-replay share. */
struct stage {
    const struct options *options;
    struct tls_ca *ca;
    const char *folder;  /* for all temporary files; removed with all that is in it */
    const char *ca_file; /* the authority's certificate, for clients to trust */
    bool can_watch;      /* watch_available() */
};

struct scene {
    const struct stage *stage;
    const struct options *options; /* the stage's */
    struct transcript *transcript;
    struct play_outcome outcome;
    enum verdict verdict;
    char reason[ERR_TEXT_MAX]; /* of VERDICT_NOT_JUDGED */
    bool connected;            /* somebody called */
    bool has_status;           /* a client was run and ended by itself */
    int status;                /* of waitpid() */
    double ms;
    struct buf standard_output; /* the last SCENE_TAIL_MAX bytes of each */
    struct buf standard_error;

    /* while it runs */
    struct bindings bindings;
    char tmp[SCENE_PATH_MAX];
    char addr[64];
    unsigned short port;
    int listener;
};

/* A new folder below base (mode 0700), its path into `path`. -1: *e. */
int folder_make(const char *base, char path[SCENE_PATH_MAX], struct err *e);

/* Remove it with all that is in it. "" is fine. */
void folder_remove(const char *path);

/* Run it. The stage and the transcript must outlive the scene. */
void scene_run(struct scene *s, const struct stage *stage, struct transcript *t);

/* Only the bindings of the start, for scene_command(): nothing is run. -1: *e. */
int scene_prepare(struct scene *s, const struct stage *stage, struct transcript *t, struct err *e);

/* The words of run: with its fields filled in, and what smtp-replay adds, for a client at `program`. NULL: *e. Free with transcript_words_free(). */
char **scene_command(const struct scene *s, const char *program, struct err *e);

void scene_free(struct scene *s);

#endif
