/* software - which server is this? Pure. */
#ifndef SMTPLAB_RECORD_SOFTWARE_H
#define SMTPLAB_RECORD_SOFTWARE_H

#include <stddef.h>

#define SOFTWARE_MAX 128

/*
 * What a greeting says of the software that wrote it, "Exim 4.96": the name as it is known, and the version if one stands
 * behind it. "a server that does not say what it is" if it does not, or is none we know.
 */
void software_of(const char *greeting, size_t n, char name[SOFTWARE_MAX]);

#endif
