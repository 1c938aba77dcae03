/* display_internal - what the files of display share: characters and their columns. */
#ifndef SMTPLAB_DISPLAY_INTERNAL_H
#define SMTPLAB_DISPLAY_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

/* Columns of a character: 0 for a mark on the letter before it, 1, 2; -1: not fit to be shown. */
int display_columns(uint32_t character);

/* The UTF-8 sequence at the start of n bytes: its length, 0 if there is none (overlong, surrogate, cut, over 10FFFF; RFC 3629). */
size_t display_decode(const char *bytes, size_t n, uint32_t *character);

#endif
