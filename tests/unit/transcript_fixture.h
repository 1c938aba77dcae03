/* For the tests of transcripts: a short header, and a parse under which the sanitizer sees a read too far. */
#ifndef SMTPLAB_TEST_TRANSCRIPT_FIXTURE_H
#define SMTPLAB_TEST_TRANSCRIPT_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "../../lib/transcript.h"

#define HEAD "smtp-transcript 1\nsource: authored x\n\n"

static struct transcript *parse(const char *text, size_t n, struct err *e) {
    char *exact = malloc(n ? n : 1); /* so that the sanitizer sees a read too far */
    assert_non_null(exact);
    memcpy(exact, text, n);
    struct transcript *t = transcript_parse(exact, n, "t.smtp", e);
    free(exact);
    return t;
}

#endif
