// How postern-checkpassword begins, and how it becomes another program.
#ifndef CHECKPASSWORD_START_H
#define CHECKPASSWORD_START_H

#include <stddef.h>
// For Swift: memchr and memcmp.
#include <string.h>

/// Makes read-only what only the start of the program writes (RELRO), as a dynamic linker does, and ignores SIGPIPE.
void checkpassword_harden(void);

/// Puts a pipe that holds these bytes, and then ends, in the place of a descriptor. At most 4,096 bytes, the least that a
/// pipe holds. Returns 0 or an errno value.
int checkpassword_return(int descriptor, const void *bytes, size_t count);

/// Executes the program whose path is this program's with `-local` after it, with the same environment. If `no_answer` is
/// not NULL, it gets `--no-answer` and that word before its other arguments. Returns an errno value.
int checkpassword_become_local(char *const *arguments, const char *no_answer);

/// Says on standard error that the other program could not be started.
void checkpassword_report(int code);

#endif
