/* slow_disk - for LD_PRELOAD: fsync() takes as long as the file that HELD_BY names is there. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int fsync(int fd) {
    const struct timespec moment = {.tv_nsec = 1000000};
    const char *path = getenv("HELD_BY");

    (void)fd;
    while (path != NULL && access(path, F_OK) == 0)
        nanosleep(&moment, NULL);
    return 0;
}
