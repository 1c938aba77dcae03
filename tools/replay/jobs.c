/* See jobs.h. */
#include "jobs.h"

#include "child.h"
#include "json.h"
#include "report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

volatile sig_atomic_t jobs_stopped;

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

static void default_signals(void) {
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
}

/* No client may find a report open that it could write to. */
static FILE *own_file(void) {
    FILE *file = tmpfile();

    if (file != NULL)
        fcntl(fileno(file), F_SETFD, FD_CLOEXEC);
    return file;
}

/*
 * Jobs that have run keep their files until all before them are finished. In a new process they would use up the few
 * descriptors that a client is allowed.
 */
static void close_others(const struct job *first, const struct job *own) {
    for (; first < own; first++) {
        close(fileno(first->text));
        close(fileno(first->json));
    }
}

/* `unfinished`: the first job whose files are still open. */
static int start(const struct stage *stage, struct job *job, const struct job *unfinished) {
    job->text = own_file();
    job->json = own_file();
    if (job->text == NULL || job->json == NULL)
        return -1;
    fflush(stdout);
    job->pid = fork();
    if (job->pid == 0) {
        default_signals();
        close_others(unfinished, job);
        _exit(work(stage, job));
    }
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

int jobs_run(const struct stage *stage, struct job *jobs, size_t count, json_t *results) {
    bool quiet = stage->options->json != NULL && strcmp(stage->options->json, "-") == 0;
    size_t started = 0, finished = 0, running = 0;
    int worst = EXIT_PASS;

    while (finished < count) {
        if (started < count && running < (size_t)stage->options->jobs) {
            if (start(stage, &jobs[started], &jobs[finished]) == -1)
                return EXIT_NOT_JUDGED;
            started++;
            running++;
            continue;
        }
        collect(jobs, started);
        if (jobs_stopped != 0)
            return EXIT_NOT_JUDGED;
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
