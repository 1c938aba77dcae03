/* See judge.h. Here: one recording after the other, and what is printed of them. */
#include "judge_parts.h"

#include "json.h"
#include "report.h"

#include <string.h>
#include <unistd.h>

static int judge(struct judged *j, const struct options *o, struct transcript *t) {
    memset(j, 0, sizeof *j);
    j->scene.options = o;
    j->scene.transcript = t;
    j->event = LOG_NO_EVENT;
    j->problems = json_array();
    j->steps = json_array();
    play_outcome_init(&j->scene.outcome, t);
    bindings_init(&j->scene.bindings);
    buf_init(&j->scene.standard_output, SCENE_TAIL_MAX);
    buf_init(&j->scene.standard_error, SCENE_TAIL_MAX);
    if (j->problems == NULL || j->steps == NULL || judge_feed(j) == -1)
        return -1;
    j->scene.verdict = json_array_size(j->problems) > 0 || log_worst(&j->scene.outcome.log) == SEVERITY_FAIL
                           ? VERDICT_FAIL
                           : VERDICT_PASS;
    return 0;
}

static void judged_free(struct judged *j) {
    json_decref(j->problems);
    json_decref(j->steps);
    scene_free(&j->scene);
}

static void print(const struct judged *j) {
    const char *name = j->scene.transcript->name;
    json_t *problem;
    size_t i;

    json_array_foreach(j->problems, i, problem) {
        json_int_t line = json_integer_value(json_object_get(problem, "line"));
        const char *sentence = json_string_value(json_object_get(problem, "sentence"));

        if (line > 0)
            printf("%s:%d: %s\n", name, (int)line, sentence);
        else
            printf("%s: %s\n", name, sentence);
    }
    report_scene(&j->scene, stdout, isatty(STDOUT_FILENO) == 1);
}

static json_t *as_json(const struct judged *j) {
    json_t *all = json_scene(&j->scene);

    if (all != NULL) {
        json_object_set(all, "problems", j->problems);
        json_object_set(all, "steps", j->steps);
    }
    return all;
}

json_t *judge_all(const struct options *o, const struct job *jobs, size_t count, int *status) {
    json_t *results = json_array();
    size_t i;

    *status = EXIT_PASS;
    for (i = 0; i < count; i++) {
        struct judged j;

        if (judge(&j, o, jobs[i].transcript) == -1) {
            *status = EXIT_NOT_JUDGED;
        } else {
            if (o->json == NULL)
                print(&j);
            json_array_append_new(results, as_json(&j));
            if (*status == EXIT_PASS && j.scene.verdict != VERDICT_PASS)
                *status = EXIT_FAIL;
        }
        judged_free(&j);
    }
    return results;
}
