#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

// With SQLITE_TRANSIENT, SQLite copies the bytes. It is a cast of -1 to a function pointer, which Swift cannot import.
static inline int postern_bind_text(sqlite3_stmt *statement, int index, const char *bytes, int count) {
    return sqlite3_bind_text(statement, index, count ? bytes : "", count, SQLITE_TRANSIENT);
}

static inline int postern_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    if (count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}

// Closing the last connection leaves the write-ahead log as it is. sqlite3_db_config is variadic.
static inline int postern_leave_log_on_close(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

// For a process with one thread that answers one attempt: no locks, no statistics, and memory is allocated as it is
// needed instead of in advance. sqlite3_config is variadic.
static inline int postern_sqlite_starts_small(void) {
    int code = sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    if (code == SQLITE_OK) code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (code == SQLITE_OK) code = sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 128, 128);
    return code != SQLITE_OK ? code : sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
}

// For a process with many threads and one connection each: statistics would need a lock that all threads share.
static inline int postern_sqlite_starts_without_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// The index of the write-ahead log (sqlite.org/walformat.html), as SQLite has mapped it; NULL if it has not. Only for a
// connection in WAL mode that has read from the database: for any other one, the call would create the file.
static inline const void *postern_log_index(sqlite3 *database) {
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == NULL) return NULL;
    if (file->pMethods == NULL || file->pMethods->iVersion < 2 || file->pMethods->xShmMap == NULL) return NULL;
    void volatile *index = NULL;
    if (file->pMethods->xShmMap(file, 0, 32768, 0, &index) != SQLITE_OK) return NULL;
    return (const void *)index;
}

#define POSTERN_LOG_HEADER 48

// Copies the header of the index, by which SQLite decides whether its page cache is still valid (walIndexTryHdr).
// Writers change the second copy first. Returns 0 if the copies differ, if the index is not initialised, or if its
// version is not the one that this function was written for.
static inline int postern_log_header(const void *index, unsigned char header[POSTERN_LOG_HEADER]) {
    const volatile unsigned int *words = (const volatile unsigned int *)index;
    unsigned int first[POSTERN_LOG_HEADER / 4], second[POSTERN_LOG_HEADER / 4];
    for (int i = 0; i < POSTERN_LOG_HEADER / 4; i++) first[i] = words[i];
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (int i = 0; i < POSTERN_LOG_HEADER / 4; i++) second[i] = words[POSTERN_LOG_HEADER / 4 + i];
    if (memcmp(first, second, sizeof first) != 0 || first[0] != 3007000) return 0;
    memcpy(header, first, sizeof first);
    return header[12] != 0;
}
