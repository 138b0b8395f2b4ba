#include "wiping_allocator.h"

#include <malloc.h>
#include <stddef.h>
#include <string.h>

// glibc's own functions under their second names: a program may replace the first (glibc manual, "Replacing malloc").
void __libc_free(void *);
void *__libc_malloc(size_t);

static void wipe(void *memory, size_t size) {
    memset(memory, 0, size);
    // The compiler must not leave it out because nobody reads the memory afterwards.
    __asm__ volatile("" : : "r"(memory) : "memory");
}

void free(void *memory) {
    if (!memory) return;
    wipe(memory, malloc_usable_size(memory));
    __libc_free(memory);
}

void *realloc(void *memory, size_t size) {
    if (!memory) return __libc_malloc(size);
    if (size == 0) {
        free(memory);
        return NULL;
    }
    size_t before = malloc_usable_size(memory);
    // A little smaller stays where it is: what is cut off is wiped with the rest.
    if (size <= before && size >= before / 2) return memory;
    void *moved = __libc_malloc(size);
    if (!moved) return NULL;
    memcpy(moved, memory, size < before ? size : before);
    free(memory);
    return moved;
}

int postern_wipes_freed_memory(void) { return 1; }
