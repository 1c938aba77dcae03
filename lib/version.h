/* version - of the kit as a whole: every program prints it for --version. */
#ifndef SMTPLAB_VERSION_H
#define SMTPLAB_VERSION_H

#define SMTPLAB_VERSION "1.0"

#endif
