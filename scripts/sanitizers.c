/*
 * sanitizers - how a sanitizer build ends when it has something to report.
 *
 * Linked into everything under build/asan/. Status 99 is no status of
 * sysexits.h, so nobody takes a memory error for a refused message. The
 * run-time library looks these functions up by name before main() begins.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void) {
    return "exitcode=99:detect_stack_use_after_return=1:strict_string_checks=1";
}

const char *__ubsan_default_options(void) {
    return "exitcode=99:print_stacktrace=1";
}
