/* A disk and a clock that fail when told to, for LD_PRELOAD.
 *
 * Counted are the calls that change what is below one folder: opening to write, writing, renaming,
 * making and removing, fsync, and closing what was written. From the N-th on they fail ("stay") or
 * only that one does. A child process is never hurt: what is counted belongs to the process that
 * called shim_disk.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { NEEDS_SPACE = 1, REMOVES = 2, CLOSES = 4 };

static char below[PATH_MAX];
static size_t below_length;
static pid_t owner;
static long fails_at, met;
static int stays, with_error, of_kinds, short_first, told = -1;

static long set_by, from_call, clock_calls; /* seconds added to the clock from that call on */

/* ------------------------------------------------------------------------------ called by tests */

void shim_disk(const char *folder, long at, int stay, int error, int kinds, int cut, int log)
{
    snprintf(below, sizeof below, "%s", folder);
    below_length = strlen(below);
    fails_at = at, stays = stay, with_error = error, of_kinds = kinds, short_first = cut;
    told = log, met = 0, owner = getpid();
}

long shim_met(void) { return met; }

void shim_clock(long seconds, long from)
{
    set_by = seconds, from_call = from, clock_calls = 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *seconds = getenv("SHIM_CLOCK"), *from = getenv("SHIM_CLOCK_FROM");
    if (seconds) shim_clock(atol(seconds), from ? atol(from) : 0);
}

/* ------------------------------------------------------------------------------------ the disk */

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int inside(const char *path)
{
    return !strncmp(path, below, below_length) && (path[below_length] == '/' || !path[below_length]);
}

static const char *absolute(int folder, const char *path, char *into)
{
    char link[64];
    ssize_t length = 0;
    if (!path || path[0] == '/') return path;
    if (folder == AT_FDCWD) {
        if (syscall(SYS_getcwd, into, PATH_MAX) <= 0) return path;
        length = strlen(into);
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        length = syscall(SYS_readlink, link, into, PATH_MAX - 1);
        if (length < 0) return path;
    }
    if (length && into[length - 1] == '/') length--;
    snprintf(into + length, PATH_MAX - length, "/%s", path);
    return into;
}

/* 0: let it pass; 1: fail with errno set; 2: write half. */
static int judged(int kind, const char *call, const char *path)
{
    if (!below_length || !path || owner != getpid() || !inside(path)) return 0;
    long number = __atomic_add_fetch(&met, 1, __ATOMIC_SEQ_CST);
    int here = kind & of_kinds && fails_at && (number == fails_at || (stays && number > fails_at));
    if (told >= 0) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%ld %s %s%s\n", number, call, path, here ? " !" : "");
        syscall(SYS_write, told, line, length);
    }
    if (!here) return 0;
    if (short_first && number == fails_at && strstr(call, "write")) return 2;
    errno = with_error;
    return 1;
}

static int judged_at(int kind, const char *call, int folder, const char *path)
{
    char full[PATH_MAX];
    int before = errno, verdict = judged(kind, call, absolute(folder, path, full));
    if (!verdict) errno = before;
    return verdict;
}

/* Only what is open for writing, and is a file. */
static int judged_open(int kind, const char *call, int file)
{
    char link[64], path[PATH_MAX];
    int before = errno, verdict = 0;
    if (below_length && owner == getpid()) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        ssize_t length = syscall(SYS_readlink, link, path, sizeof path - 1);
        int flags = length > 0 ? fcntl(file, F_GETFL) : -1;
        if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) {
            path[length] = 0;
            verdict = judged(kind, call, path);
        }
    }
    if (!verdict) errno = before;
    return verdict;
}

#define WRITES(flags) (((flags) & O_ACCMODE) != O_RDONLY || (flags) & (O_CREAT | O_TRUNC))
#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        REAL(int, #name, const char *, int, ...); \
        MODE(flags) \
        if (WRITES(flags) && judged_at(NEEDS_SPACE, "open", AT_FDCWD, path)) return -1; \
        return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) \
    { \
        REAL(int, #name, int, const char *, int, ...); \
        MODE(flags) \
        if (WRITES(flags) && judged_at(NEEDS_SPACE, "open", folder, path)) return -1; \
        return real(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name) \
    FILE *name(const char *path, const char *mode) \
    { \
        REAL(FILE *, #name, const char *, const char *); \
        if (strpbrk(mode, "wa+") && judged_at(NEEDS_SPACE, "open", AT_FDCWD, path)) return NULL; \
        return real(path, mode); \
    }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int file, const void *bytes, size_t size)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    int verdict = judged_open(NEEDS_SPACE, "write", file);
    return verdict == 1 ? -1 : real(file, bytes, verdict == 2 ? size / 2 : size);
}

#define PWRITE(name, offset_type) \
    ssize_t name(int file, const void *bytes, size_t size, offset_type at) \
    { \
        REAL(ssize_t, #name, int, const void *, size_t, offset_type); \
        int verdict = judged_open(NEEDS_SPACE, "pwrite", file); \
        return verdict == 1 ? -1 : real(file, bytes, verdict == 2 ? size / 2 : size, at); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int file, const struct iovec *parts, int count)
{
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return judged_open(NEEDS_SPACE, "writev", file) ? -1 : real(file, parts, count);
}

#define ON_FILE(name, kind) \
    int name(int file) \
    { \
        REAL(int, #name, int); \
        return judged_open(kind, #name, file) ? -1 : real(file); \
    }
ON_FILE(fsync, NEEDS_SPACE)
ON_FILE(fdatasync, NEEDS_SPACE)

int close(int file) /* what fails is closed all the same, as over NFS with a quota */
{
    REAL(int, "close", int);
    int verdict = judged_open(CLOSES, "close", file), error = errno, done = real(file);
    if (verdict) errno = error;
    return verdict ? -1 : done;
}

#define ON_TWO(name, kind) \
    int name(const char *from, const char *to) \
    { \
        REAL(int, #name, const char *, const char *); \
        return judged_at(kind, #name, AT_FDCWD, to) ? -1 : real(from, to); \
    }
ON_TWO(rename, NEEDS_SPACE)
ON_TWO(link, NEEDS_SPACE)
ON_TWO(symlink, NEEDS_SPACE)

int renameat(int first, const char *from, int second, const char *to)
{
    REAL(int, "renameat", int, const char *, int, const char *);
    return judged_at(NEEDS_SPACE, "rename", second, to) ? -1 : real(first, from, second, to);
}

int renameat2(int first, const char *from, int second, const char *to, unsigned flags)
{
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    return judged_at(NEEDS_SPACE, "exchange", second, to) ? -1 : real(first, from, second, to, flags);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(int, "mkdir", const char *, mode_t);
    return judged_at(NEEDS_SPACE, "mkdir", AT_FDCWD, path) ? -1 : real(path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    REAL(int, "mkdirat", int, const char *, mode_t);
    return judged_at(NEEDS_SPACE, "mkdir", folder, path) ? -1 : real(folder, path, mode);
}

int chmod(const char *path, mode_t mode)
{
    REAL(int, "chmod", const char *, mode_t);
    return judged_at(REMOVES, "chmod", AT_FDCWD, path) ? -1 : real(path, mode);
}

int ftruncate(int file, off_t size)
{
    REAL(int, "ftruncate", int, off_t);
    return judged_open(REMOVES, "ftruncate", file) ? -1 : real(file, size);
}

int ftruncate64(int file, off64_t size)
{
    REAL(int, "ftruncate64", int, off64_t);
    return judged_open(REMOVES, "ftruncate", file) ? -1 : real(file, size);
}

#define REMOVE(name) \
    int name(const char *path) \
    { \
        REAL(int, #name, const char *); \
        return judged_at(REMOVES, #name, AT_FDCWD, path) ? -1 : real(path); \
    }
REMOVE(unlink)
REMOVE(rmdir)

int unlinkat(int folder, const char *path, int flags)
{
    REAL(int, "unlinkat", int, const char *, int);
    return judged_at(REMOVES, "unlink", folder, path) ? -1 : real(folder, path, flags);
}

/* ----------------------------------------------------------------------------------- the clock */

static long added(void)
{
    if (!set_by) return 0;
    return __atomic_add_fetch(&clock_calls, 1, __ATOMIC_SEQ_CST) > from_call ? set_by : 0;
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    REAL(int, "clock_gettime", clockid_t, struct timespec *);
    int done = real(which, now);
    if (!done && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += added();
    return done;
}

int gettimeofday(struct timeval *now, void *zone)
{
    REAL(int, "gettimeofday", struct timeval *, void *);
    int done = real(now, zone);
    if (!done) now->tv_sec += added();
    return done;
}

time_t time(time_t *into)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}
