/*
 * What the fuzz targets share. A target is one function that takes any bytes and must survive them; with CHECK() it also
 * says what must be true for all of them. The fuzzer calls it (make fuzz TARGET=server), and so does
 * replay.c, with the files of tests/fuzz/corpus/TARGET/, in `make test`.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Not assert(): it must hold in every build, and say where. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#endif
