/*
 * smtp-replay - plays recorded servers against a client and says what a real
 * server would have made of it. Here: options in, exit status out.
 */
#include "child.h"
#include "jobs.h"
#include "judge.h"
#include "options.h"
#include "scene_parts.h"

#include "../../lib/version.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JSON_VERSION 1
#define CA_FILE_MAX (SCENE_PATH_MAX + 16)

static int write_json(const char *path, json_t *results) {
    json_t *top = json_pack("{s:i, s:O}", "smtp-replay", JSON_VERSION, "transcripts", results);
    FILE *to = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    int r = -1;

    if (to != NULL && top != NULL)
        r = json_dumpf(top, to, JSON_INDENT(1));
    if (to != NULL && to != stdout && fclose(to) != 0)
        r = -1;
    json_decref(top);
    if (r == -1)
        fprintf(stderr, "smtp-replay: cannot write %s: %s\n", path, strerror(errno));
    return r;
}

/* --- what needs no client --- */

static int print_canonical(const struct job *jobs, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        struct buf out;

        buf_init(&out, TRANSCRIPT_FILE_MAX * 2);
        transcript_print(jobs[i].transcript, &out);
        fwrite(out.data, 1, out.len, stdout);
        buf_free(&out);
    }
    return EXIT_PASS;
}

static void print_quoted(const char *word) {
    fputs(" '", stdout);
    for (; *word != '\0'; word++)
        if (*word == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*word);
    putchar('\'');
}

/* The client's options for each transcript, quoted for a shell, one line each. Its files stay: a debugger needs them. */
static int print_run(const struct stage *stage, const struct job *jobs, size_t count) {
    size_t i, j;

    for (i = 0; i < count; i++) {
        struct scene scene;
        struct err e;
        char **words = NULL;
        bool has_input;

        if (scene_prepare(&scene, stage, jobs[i].transcript, &e) == 0 &&
            scene_write_blocks(&scene, &has_input, &e) == 0)
            words = scene_command(&scene, "", &e);
        if (words == NULL) {
            fprintf(stderr, "smtp-replay: %s\n", e.text);
            return EXIT_NOT_JUDGED;
        }
        for (j = 1; words[j] != NULL; j++)
            print_quoted(words[j]);
        putchar('\n');
        transcript_words_free(words);
        scene_free(&scene);
    }
    return EXIT_PASS;
}

static int doctor(void) {
    struct err e;

    if (watch_available(&e) == 0)
        puts("proofs: yes (what a waiting client does can be read from /proc)");
    else
        printf("proofs: no, the clock decides (%s)\n", e.text);
    return EXIT_PASS;
}

/* --- the whole --- */

static bool load(const struct options *o, struct job *jobs) {
    bool good = true;
    size_t i;

    for (i = 0; i < o->transcript_count; i++) {
        struct err e;

        jobs[i].transcript = transcript_load(o->transcripts[i], &e);
        if (jobs[i].transcript == NULL ||
            (!o->print && !o->judge && play_supported(jobs[i].transcript, &e) == -1)) {
            fprintf(stderr, "%s\n", e.text);
            good = false;
        }
    }
    return good;
}

/* The results are used up. Returns the exit status, worse if they cannot be written. */
static int hand_over(const struct options *o, json_t *results, int status) {
    if (o->json != NULL && write_json(o->json, results) == -1)
        status = EXIT_NOT_JUDGED;
    json_decref(results);
    return status;
}

static int run_all(const struct stage *stage, struct job *jobs) {
    json_t *results = json_array();
    int status = jobs_run(stage, jobs, stage->options->transcript_count, results);

    return hand_over(stage->options, results, status);
}

static int judge_recordings(const struct options *o, const struct job *jobs) {
    int status;
    json_t *results = judge_all(o, jobs, o->transcript_count, &status);

    return hand_over(o, results, status);
}

/* The authority of this run, and the file that names it to clients. */
static int set_stage(struct stage *stage, const struct options *o, char *ca_file, struct err *e) {
    stage->options = o;
    stage->ca_file = ca_file;
    stage->can_watch = watch_available(NULL) == 0;
    stage->ca = tls_ca_new(e);
    if (stage->ca == NULL)
        return -1;
    snprintf(ca_file, CA_FILE_MAX, "%s/ca.pem", stage->folder);
    return tls_ca_save(stage->ca, ca_file, e);
}

static int play_in(const char *folder, const struct options *o, struct job *jobs) {
    char ca_file[CA_FILE_MAX];
    struct stage stage = {.folder = folder};
    struct err e;
    int status;

    if (set_stage(&stage, o, ca_file, &e) == -1) {
        fprintf(stderr, "smtp-replay: %s\n", e.text);
        return EXIT_NOT_JUDGED;
    }
    status = o->print_run != NULL ? print_run(&stage, jobs, o->transcript_count) : run_all(&stage, jobs);
    tls_ca_free(stage.ca);
    return status;
}

static void stop(int number) {
    jobs_stopped = number;
}

/* An end from outside must find us, for there is something to tidy up. */
static void catch_signals(void) {
    struct sigaction action = {.sa_handler = stop}; /* no SA_RESTART: the wait for a job ends */

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* Kill what still runs, and end as the signal would have ended us. */
static void obey_signal(void) {
    signal((int)jobs_stopped, SIG_DFL);
    raise((int)jobs_stopped);
}

static int play_all(const struct options *o, struct job *jobs) {
    const char *base = getenv("TMPDIR");
    char folder[SCENE_PATH_MAX];
    struct err e;
    int status;

    if (folder_make(base != NULL && base[0] != '\0' ? base : "/tmp", folder, &e) == -1) {
        fprintf(stderr, "smtp-replay: %s\n", e.text);
        return EXIT_NOT_JUDGED;
    }
    catch_signals();
    child_adopt_orphans();
    status = play_in(folder, o, jobs);
    child_sweep();
    if (o->print_run == NULL)
        folder_remove(folder);
    if (jobs_stopped != 0)
        obey_signal();
    return status;
}

static int run(const struct options *o) {
    struct job *jobs = calloc(o->transcript_count, sizeof *jobs);
    int status = EXIT_TRANSCRIPT;
    size_t i;

    if (jobs == NULL)
        return EXIT_NOT_JUDGED;
    if (load(o, jobs))
        status = o->print   ? print_canonical(jobs, o->transcript_count)
                 : o->judge ? judge_recordings(o, jobs)
                            : play_all(o, jobs);
    for (i = 0; i < o->transcript_count; i++)
        transcript_free(jobs[i].transcript);
    free(jobs);
    return status;
}

int main(int argc, char **argv) {
    struct options o;
    struct err e;

    signal(SIGPIPE, SIG_IGN);
    switch (options_parse(&o, argc, argv, &e)) {
    case OPTIONS_HELP:
        fputs(options_help, stdout);
        return EXIT_PASS;
    case OPTIONS_VERSION:
        puts("smtp-replay (smtplab) " SMTPLAB_VERSION);
        return EXIT_PASS;
    case OPTIONS_DOCTOR:
        return doctor();
    case OPTIONS_WRONG:
        fprintf(stderr, "smtp-replay: %s (try --help)\n", e.text);
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    return run(&o);
}
