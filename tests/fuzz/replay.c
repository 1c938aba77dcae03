/* Calls a fuzz target once for each file of its command line, without a fuzzer. */
#include "fuzz.h"

#include "../../lib/buf.h"

#define FILE_MAX 1048576

/* 0, or -1: it cannot be read. */
static int read_file(const char *name, struct buf *out) {
    FILE *file = fopen(name, "rb");
    char block[4096];
    size_t n;
    int result = 0;

    if (file == NULL)
        return -1;
    while (result == 0 && (n = fread(block, 1, sizeof block, file)) > 0)
        result = buf_add(out, block, n);
    if (ferror(file))
        result = -1;
    fclose(file);
    return result;
}

/* A copy of exactly that size, so that the sanitizer sees one byte too far. */
static void call(const struct buf *input) {
    uint8_t *exact = malloc(input->len > 0 ? input->len : 1);

    CHECK(exact != NULL);
    for (size_t i = 0; i < input->len; i++)
        exact[i] = (uint8_t)input->data[i];
    LLVMFuzzerTestOneInput(exact, input->len);
    free(exact);
}

int main(int argc, char **argv) {
    struct buf input;

    buf_init(&input, FILE_MAX);
    for (int i = 1; i < argc; i++) {
        buf_clear(&input);
        if (read_file(argv[i], &input) == -1) {
            perror(argv[i]);
            return 1;
        }
        fprintf(stderr, "%s\n", argv[i]); /* if it crashes, the last one named is the one */
        call(&input);
    }
    buf_free(&input);
    printf("%d inputs\n", argc - 1);
    return 0;
}
