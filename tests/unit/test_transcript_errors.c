/* transcript: every complaint with its line and column. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transcript_fixture.h"

static const struct {
    const char *text;
    const char *error; /* how the error begins, behind "t.smtp:" */
} errors[] = {
    {"", "1:1: expected \"smtp-transcript 1\""},
    {"smtp-transcript\n", "1:1: expected \"smtp-transcript 1\""},
    {"S: 220\n", "1:1: expected \"smtp-transcript 1\""},
    {"smtp-transcript 2\n", "1:17: expected version 1, which is all that this kit reads, found \"2\""},
    {"smtp-transcript 11\n", "1:17: expected version 1"},
    {"smtp-transcript 1\n\n", "2:1: expected \"source:\""},
    {"smtp-transcript 1", "1:1: expected \"source:\""},
    {"smtp-transcript 1\ntitel: x\n", "2:1: expected a key (title, source, lab, teaches, rfc, run, set, "
                                      "unexpected, seed, hint), found \"titel:\": did you mean \"title\"?"},
    {"smtp-transcript 1\nfrobnicate: x\n", "2:1: expected a key"},
    {"smtp-transcript 1\nno colon\n", "2:1: expected \"key: value\""},
    {"smtp-transcript 1\n# comment\n", "2:1: expected \"key: value\""},
    {"smtp-transcript 1\nlab: 1\nlab: 2\n",
     "3:1: expected each key once, found \"lab:\" again (it was on line 2)"},
    {"smtp-transcript 1\ntitle:\n", "2:7: expected a value"},
    {"smtp-transcript 1\nsource: made up\n", "2:9: expected recorded, published or authored"},
    {"smtp-transcript 1\nsource: recordedly\n", "2:9: expected recorded"},
    {"smtp-transcript 1\nlab: 9\n", "2:6: expected a number from 0 to 8, found \"9\""},
    {"smtp-transcript 1\nlab: one\n", "2:6: expected a number from 0 to 8"},
    {"smtp-transcript 1\nseed: 4294967296\n", "2:7: expected a number from 0 to 4294967295"},
    {"smtp-transcript 1\nseed: 99999999999999999999999\n", "2:7: expected a number"},
    {"smtp-transcript 1\nteaches: bare-lf dot-stuffin\n",
     "2:18: expected the name of a rule (docs/rules.md), found \"dot-stuffin\": did you mean "
     "\"dot-stuffing\"?"},
    {"smtp-transcript 1\nrun: 'open\n", "2:6: expected a ' that closes"},
    {"smtp-transcript 1\nrun: a\\\n", "2:6: expected a character behind the \\"},
    {"smtp-transcript 1\nrun: {use\n", "2:10: expected }"},
    {"smtp-transcript 1\nrun: --user {usr}\nsource: authored x\n\n",
     "2:13: expected a name that has a value here (from set:, or a C: line above), found {usr}: did you mean "
     "{user}?"},
    {"smtp-transcript 1\nrun: {message}\nsource: authored x\n\n", "2:6: expected {message} only"},
    {"smtp-transcript 1\nunexpected: no\n", "2:13: expected a reply"},
    {"smtp-transcript 1\nunexpected: 5031\n", "2:13: expected a reply"},
    {"smtp-transcript 1\nset: User=x\n", "2:6: expected name=value"},
    {"smtp-transcript 1\nset: user\n", "2:6: expected name=value"},
    {"smtp-transcript 1\nset: port=25\n", "2:6: expected a name of your own"},
    {"smtp-transcript 1\nset: a=1\nset: a=2\n", "3:6: expected a name that is not set yet"},
    {"smtp-transcript 1\nset: a={b}\n", "2:8: expected a name that has a value here"},
    {HEAD "hello\n", "4:1: expected a line that starts with S: S> C: C? C= @ ! or #, found \"hello\""},
    {HEAD " S: 220\n", "4:1: expected a line that starts at the margin"},
    {HEAD "S: a\rb\n", "4:5: expected text, found a carriage return"},
    {HEAD "S> a\\q\n", "4:6: expected \\r \\n"},
    {HEAD "S>\n", "4:3: expected the bytes to send"},
    {HEAD "C=\n", "4:3: expected the bytes asked for"},
    {HEAD "S: 250 {me}\nC: EHLO {me:domain}\n", "4:8: expected a name that has a value here"},
    {HEAD "S: 250 {b64:{me}}\n", "4:13: expected a name that has a value here"},
    {HEAD "S: {message}\n", "4:4: expected {message} only"},
    {HEAD "C: {message}\n", "4:4: expected {message} only"},
    {HEAD "@frob\n", "4:2: expected a word of the language behind @"},
    {HEAD "@conection 2\n",
     "4:2: expected a word of the language behind @ (docs/transcripts.md lists them), found "
     "\"conection\": did you mean \"connection\"?"},
    {HEAD "@\n", "4:2: expected a word behind @"},
    {HEAD "@wait\n", "4:6: expected a time, 300ms or 5s, found the end of the line"},
    {HEAD "@wait 300\n", "4:7: expected a time"},
    {HEAD "@wait s\n", "4:7: expected a time"},
    {HEAD "@wait 601s\n", "4:7: expected a number from 0 to 600"},
    {HEAD "@wait 1s 2s\n", "4:10: expected the end of the line"},
    {HEAD "@write 1,,2\n", "4:10: expected a number from 1"},
    {HEAD "@write *,1\n", "4:8: expected a number from 1"},
    {HEAD "@write 0\n", "4:8: expected a number from 1"},
    {HEAD "@tls maybe\n", "4:6: expected start, immediate or expect-abort"},
    {HEAD "@tls start cert=expird\n",
     "4:17: expected good, expired, self-signed, wrong-host, unknown-ca or cn-only, "
     "found \"expird\": did you mean \"expired\"?"},
    {HEAD "@tls start now\n", "4:12: expected cert="},
    {HEAD "@close now\n", "4:8: expected the end of the line"},
    {HEAD "@end\n", "4:1: expected @end only where a block is open"},
    {HEAD "@or\n", "4:1: expected @or only inside @choice"},
    {HEAD "@optional\n@or\n", "5:1: expected @or only inside @choice"},
    {HEAD "@choice\n@end\n", "5:1: expected @or: a @choice has at least two ways"},
    {HEAD "@optional\nC: NOOP\n", "5:8: expected @end for the block of line 4, found the end of the file"},
    {HEAD "@repeat 2\n", "4:10: expected MAX"},
    {HEAD "@repeat 2 1\n", "4:11: expected a number from 2"},
    {HEAD "@repeat 0 0\n", "4:11: expected a number from 1"},
    {HEAD "@connection 2\n", "4:13: expected connection 1, found 2"},
    {HEAD "S: x\n@connection 1\n", "5:13: expected connection 2, found 1"},
    {HEAD "@optional\n@connection 1\n", "5:1: expected @connection outside"},
    {HEAD "S: x\n@stdin\n@end\n", "5:1: expected @stdin only before the first S: line"},
    {HEAD "@stdin\n@end\n@stdin\n@end\n", "6:1: expected @stdin once"},
    {HEAD "@stdin\nx\n", "5:2: expected @end for the block of line 4"},
    {HEAD "@stdin\n@close\n", "5:1: expected @end, or @@ for a line that starts with @"},
    {HEAD "@stdin\n@@{nobody}\n@end\n", "5:3: expected a name that has a value here"},
    {HEAD "@file\n", "4:6: expected the name of the file"},
    {HEAD "@file ../x\n@end\n", "4:7: expected a plain file name"},
    {HEAD "@file x y\n@end\n", "4:9: expected xN, no-eol, for-group, for-all or escaped"},
    {HEAD "@file \"\"\nb\n@end\n", "4:8: expected a plain file name (it is made in {tmp})"},
    {HEAD "@file \" a\"\nb\n@end\n", "4:8: expected a plain file name (it is made in {tmp})"},
    {HEAD "@file x x0\n@end\n", "4:10: expected a number from 1"},
    {HEAD "!\n", "4:2: expected a check"},
    {HEAD "! exits 3\n", "4:3: expected a check (exit stderr never rcpts message mime part header forbid "
                         "allow no-connection hint:), found "
                         "\"exits\": did you mean \"exit\"?"},
    {HEAD "! mime 1\n", "4:8: expected the end of the line"},
    {HEAD "! part\n", "4:7: expected which part"},
    {HEAD "! part 1. text/plain\n", "4:8: expected which part"},
    {HEAD "! part 1 text\n", "4:10: expected the type of the part"},
    {HEAD "! part 1 text/plain size 5\n", "4:21: expected name, text, file"},
    {HEAD "! part 1 text/plain text\n", "4:25: expected a text in quotes"},
    {HEAD "! part 1 text/plain text \"a\\q\"\n", "4:29: expected an escape"},
    {HEAD "! part 1 text/plain file {nowhere}/x\n", "4:26: expected a name that has a value"},
    {HEAD "! header Subject\n", "4:17: expected its value"},
    {HEAD "! header Subject \"a\n", "4:18: expected a quote"},
    {HEAD "@file x escaped\n\\q\n@end\n", "4:1: expected"},
    {HEAD "! no-connection x\n", "4:17: expected the end of the line"},
    {HEAD "! exit\n", "4:7: expected an exit status"},
    {HEAD "! exit 256\n", "4:8: expected a number from 0 to 255"},
    {HEAD "! stderr \"open\n", "4:15: expected a quote that closes the text"},
    {HEAD "! stderr \"\"\n", "4:10: expected a text that is not empty"},
    {HEAD "! stderr \"a\"b\n", "4:13: expected a space behind the quote"},
    {HEAD "! never x in-clean\n", "4:11: expected in-clear"},
    {HEAD "! never {secret:pasword}\n",
     "4:9: expected a name that has a value here (from set:, or a C: line above), "
     "found {pasword}: did you mean {password}?"},
    {HEAD "! rcpts\n", "4:8: expected the addresses"},
    {HEAD "! rcpts bob@example.org carol\n", "4:30: expected an address, found \"carol\""},
    {HEAD "! message a{message}\n", "4:11: expected a file"},
    {HEAD "! message ../secret\n", "4:11: expected the name of a file"},
    {HEAD "! forbid bare-if\n",
     "4:10: expected the name of a rule (docs/rules.md), found \"bare-if\": did you mean "
     "\"bare-lf\"?"},
    {HEAD "C: DATA\nS: 354\nC: x\nS: 250\n",
     "7:1: the message that begins on line 6 is not ended: expected \"C: .\", found a server line"},
    {HEAD "C: DATA\nS: 354\nC: x\n@stall 1s\n",
     "7:1: the message that begins on line 6 is not ended: expected \"C: .\", found @stall"},
    {HEAD "C: DATA\nS: 354\nC: x\n! exit 0\n",
     "7:1: the message that begins on line 6 is not ended: expected \"C: .\", found a check"},
    {HEAD "C: DATA\nS: 354\nC? x\n", "6:1: expected \"C:\""},
    {HEAD "C: DATA\nS: 354\nC: x\nC: {message}\n", "7:4: expected {message} as the only line"},
    {HEAD "C: DATA\nS: 354\nC: {message}\nC: x\n", "7:4: expected {message} as the only line"},
    {HEAD "C: DATA\nS: 354\nC: a{message}\n", "6:4: expected {message} as the only line"},
};

static void errors_say_where_and_what(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct err e = {0};
        struct transcript *t = parse(errors[i].text, strlen(errors[i].text), &e);
        if (t != NULL)
            fail_msg("no error: %s", errors[i].text);
        size_t n = strlen(errors[i].error);
        if (strncmp(e.text, "t.smtp:", 7) != 0 || strncmp(e.text + 7, errors[i].error, n) != 0)
            fail_msg("\n%s\nbut expected\nt.smtp:%s", e.text, errors[i].error);
    }
}

static void a_nul_byte_is_refused(void **state) {
    (void)state;
    static const char text[] = HEAD "S: a\0b\n";
    struct err e;
    assert_null(parse(text, sizeof text - 1, &e));
    assert_string_equal(e.text, "t.smtp:4:5: expected text, found a NUL byte: write \\0 in an S> or C= line");
}

static void errors_harm_no_terminal(void **state) {
    (void)state;
    static const char text[] = HEAD "\x1b[2Jhello\n";
    struct err e;
    assert_null(parse(text, sizeof text - 1, &e));
    assert_null(strchr(e.text, '\x1b'));
    assert_non_null(strstr(e.text, "\\x1B[2Jhello"));
}

static void files_that_cannot_be_read(void **state) {
    (void)state;
    struct err e;
    assert_null(transcript_load("/no/such/file.smtp", &e));
    assert_int_equal(e.kind, ERR_FILE);
    assert_null(transcript_load("/", &e));
    assert_int_equal(e.kind, ERR_FILE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_say_where_and_what),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(errors_harm_no_terminal),
        cmocka_unit_test(files_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
