#include <errno.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// The memory of a program that lives for less than a millisecond: one piece, taken in order. What is freed is wiped, and
// taken again if it was the last. musl's own functions would cost a sign-in 17 system calls and 14 page faults.

enum { room = 1 << 20, unit = 16 };

static alignas(unit) unsigned char memory[room];
static size_t used;

/// Stands before each block.
struct header {
    /// Where the block before it ended.
    size_t before;
    /// Bytes of the block.
    size_t size;
};

static struct header *header(void *block) { return (struct header *)((unsigned char *)block - sizeof(struct header)); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment < unit) alignment = unit;
    if (size > room || alignment > room) return ENOMEM;
    uintptr_t first = (uintptr_t)memory + used + sizeof(struct header);
    size_t start = ((first + alignment - 1) & -alignment) - (uintptr_t)memory;
    if (start > room || size > room - start) return ENOMEM;
    *block = memory + start;
    *header(*block) = (struct header){.before = used, .size = size};
    used = start + size;
    return 0;
}

void free(void *block) {
    if (block == NULL) return;
    struct header *freed = header(block);
    explicit_bzero(block, freed->size);
    if ((unsigned char *)block + freed->size == memory + used) used = freed->before;
}
