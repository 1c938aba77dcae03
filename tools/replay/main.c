/*
 * smtp-replay - plays recorded servers against a client and says what a real
 * server would have made of it. Here: options in, jobs out. Each transcript is
 * played in a process of its own, so that none can disturb another.
 */
#include "child.h"
#include "json.h"
#include "options.h"
#include "report.h"

#include "../../lib/version.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define JSON_VERSION 1

enum { EXIT_PASS = 0, EXIT_FAIL = 1, EXIT_TRANSCRIPT = 2, EXIT_NOT_JUDGED = 3, EXIT_USAGE = 64 };

/* One transcript under way: what its process writes is kept until it is its turn. */
struct job {
    struct transcript *transcript;
    pid_t pid; /* 0: not started */
    FILE *text;
    FILE *json;
    bool done;
    int status; /* exit status */
};

/* --- one job --- */

static bool wants_colour(void) {
    return isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
}

/* In the job's own process. */
static int work(const struct stage *stage, struct job *job) {
    static const int exits[] = {
        [VERDICT_PASS] = EXIT_PASS, [VERDICT_FAIL] = EXIT_FAIL, [VERDICT_NOT_JUDGED] = EXIT_NOT_JUDGED};
    struct scene scene;
    json_t *json;
    int verdict;

    child_adopt_orphans();
    scene_run(&scene, stage, job->transcript);
    report_scene(&scene, job->text, wants_colour());
    json = json_scene(&scene);
    if (json != NULL)
        json_dumpf(json, job->json, 0);
    json_decref(json);
    verdict = exits[scene.verdict];
    scene_free(&scene);
    return fflush(job->text) == 0 && fflush(job->json) == 0 ? verdict : EXIT_NOT_JUDGED;
}

static int start(const struct stage *stage, struct job *job) {
    job->text = tmpfile();
    job->json = tmpfile();
    if (job->text == NULL || job->json == NULL)
        return -1;
    fflush(stdout);
    job->pid = fork();
    if (job->pid == 0)
        _exit(work(stage, job));
    return job->pid == -1 ? -1 : 0;
}

static void collect(struct job *jobs, size_t count) {
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    size_t i;

    for (i = 0; i < count; i++)
        if (pid > 0 && jobs[i].pid == pid) {
            jobs[i].done = true;
            jobs[i].status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_NOT_JUDGED;
        }
}

/* --- all jobs --- */

static void copy_file(FILE *from, FILE *to) {
    char piece[8192];
    size_t n;

    rewind(from);
    while ((n = fread(piece, 1, sizeof piece, from)) > 0)
        fwrite(piece, 1, n, to);
}

/* Print a finished job's report unless standard output is for the JSON; keep its JSON. */
static void finish(struct job *job, json_t *results, bool quiet) {
    json_t *json;

    if (!quiet)
        copy_file(job->text, stdout);
    fflush(stdout);
    rewind(job->json);
    json = json_loadf(job->json, 0, NULL);
    if (json == NULL) { /* the process itself died: our trouble, not the client's */
        fprintf(stderr, "smtp-replay: %s: the player died\n", job->transcript->name);
        job->status = EXIT_NOT_JUDGED;
        json = json_pack("{s:s, s:s, s:s, s:[], s:[], s:[]}", "transcript", job->transcript->name, "verdict",
                         "not-judged", "reason", "the player died", "findings", "events", "reached");
    }
    json_array_append_new(results, json);
    fclose(job->text);
    fclose(job->json);
}

/* Run them, at most `jobs` at a time; print in the order given. Returns the worst exit status. */
static int run_jobs(const struct stage *stage, struct job *jobs, size_t count, json_t *results) {
    bool quiet = stage->options->json != NULL && strcmp(stage->options->json, "-") == 0;
    size_t started = 0, finished = 0, running = 0;
    int worst = EXIT_PASS;

    while (finished < count) {
        if (started < count && running < (size_t)stage->options->jobs) {
            if (start(stage, &jobs[started++]) == -1)
                return EXIT_NOT_JUDGED;
            running++;
            continue;
        }
        collect(jobs, started);
        running--;
        while (finished < count && jobs[finished].done) {
            finish(&jobs[finished], results, quiet);
            if (jobs[finished].status > worst)
                worst = jobs[finished].status;
            finished++;
        }
    }
    return worst;
}

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

        if (scene_prepare(&scene, stage, jobs[i].transcript, &e) == 0)
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
        if (jobs[i].transcript == NULL || (!o->print && play_supported(jobs[i].transcript, &e) == -1)) {
            fprintf(stderr, "%s\n", e.text);
            good = false;
        }
    }
    return good;
}

static int run_all(const struct stage *stage, struct job *jobs) {
    const struct options *o = stage->options;
    json_t *results = json_array();
    int status = run_jobs(stage, jobs, o->transcript_count, results);

    if (o->json != NULL && write_json(o->json, results) == -1)
        status = EXIT_NOT_JUDGED;
    json_decref(results);
    return status;
}

/* The authority of this run, and the file that names it to clients. */
static int set_stage(struct stage *stage, const struct options *o, char *ca_file, struct err *e) {
    int fd;

    stage->options = o;
    stage->ca_file = ca_file;
    stage->can_watch = watch_available(NULL) == 0;
    stage->ca = tls_ca_new(e);
    if (stage->ca == NULL)
        return -1;
    fd = mkstemp(ca_file);
    if (fd == -1)
        return err_errno(e, ERR_FILE, "%s", ca_file);
    close(fd);
    return tls_ca_save(stage->ca, ca_file, e);
}

static int play_all(const struct options *o, struct job *jobs) {
    const char *base = getenv("TMPDIR");
    char ca_file[SCENE_PATH_MAX];
    struct stage stage;
    struct err e;
    int status;

    snprintf(ca_file, sizeof ca_file, "%s/smtplab-ca-XXXXXX",
             base != NULL && base[0] != '\0' ? base : "/tmp");
    if (set_stage(&stage, o, ca_file, &e) == -1) {
        fprintf(stderr, "smtp-replay: %s\n", e.text);
        return EXIT_NOT_JUDGED;
    }
    status = o->print_run != NULL ? print_run(&stage, jobs, o->transcript_count) : run_all(&stage, jobs);
    if (o->print_run == NULL)
        unlink(ca_file);
    tls_ca_free(stage.ca);
    return status;
}

static int run(const struct options *o) {
    struct job *jobs = calloc(o->transcript_count, sizeof *jobs);
    int status = EXIT_TRANSCRIPT;
    size_t i;

    if (jobs == NULL)
        return EXIT_NOT_JUDGED;
    if (load(o, jobs))
        status = o->print ? print_canonical(jobs, o->transcript_count) : play_all(o, jobs);
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
