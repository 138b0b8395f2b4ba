#define _GNU_SOURCE
#include "checkpassword_start.h"
#include "postern_descriptors.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

static const char suffix[] = "-local";
static char local[PATH_MAX];

/// The headers of this program say where it was linked to, and how far from there it was loaded.
static int protect(struct dl_phdr_info *program, size_t size, void *unused) {
    (void)size, (void)unused;
    for (size_t i = 0; i < program->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &program->dlpi_phdr[i];
        if (header->p_type != PT_GNU_RELRO) continue;
        uintptr_t page = getauxval(AT_PAGESZ), start = program->dlpi_addr + header->p_vaddr;
        uintptr_t end = (start + header->p_memsz) & -page;
        mprotect((void *)(start & -page), end - (start & -page), PROT_READ);
    }
    return 0;
}

void checkpassword_harden(void) {
    dl_iterate_phdr(protect, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int checkpassword_return(int descriptor, const void *bytes, size_t count) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    int code = write(ends[1], bytes, count) == (ssize_t)count && dup2(ends[0], descriptor) >= 0 ? 0 : errno;
    close(ends[0]);
    close(ends[1]);
    return code;
}

static int become(const char *path, char *const *arguments) {
    if (path == NULL) return ENOENT;
    if (strlen(path) + sizeof suffix > sizeof local) return ENAMETOOLONG;
    strcat(strcpy(local, path), suffix);
    execve(local, arguments, environ);
    return errno;
}

int checkpassword_become_local(char *const *arguments, const char *no_answer) {
    // The arguments were read: there are four at most where an answer is missing.
    const char *more[8] = {arguments[0], "--no-answer", no_answer};
    if (no_answer != NULL) {
        for (size_t i = 1; i < 5 && arguments[i] != NULL; i++) more[i + 2] = arguments[i];
        arguments = (char *const *)more;
    }
    // As the kernel was told the path: still right when the file was replaced meanwhile.
    int code = become((const char *)getauxval(AT_EXECFN), arguments);
    if (code != ENOENT) return code;
    // That may have been a symbolic link in another directory.
    static char target[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", target, sizeof target - 1);
    return length < 0 ? code : become(target, arguments);
}

void checkpassword_report(int code) {
    const char *const parts[] = {"postern-checkpassword: cannot start ", local[0] ? local : "another program", " (", strerror(code), ")\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) postern_write(STDERR_FILENO, parts[i], strlen(parts[i]));
}
