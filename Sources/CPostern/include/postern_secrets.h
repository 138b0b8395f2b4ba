// Wiping and comparing secrets. postern-checkpassword is linked with this file, too, against musl.
#ifndef POSTERN_SECRETS_H
#define POSTERN_SECRETS_H

#include <stddef.h>

/// Overwrites memory in a way that the optimiser does not remove.
void postern_wipe(void *buffer, size_t count);

/// Wipes the stack below the caller's frame, where a library's functions left key blocks, message schedules or keystream.
void postern_wipe_stack(void);

/// Returns 1 if both buffers hold the same bytes. The time depends on `count` only.
int postern_equal(const void *a, const void *b, size_t count);

#endif
