/* What if the program dies, or the disk refuses, at this very call? Put in front of the C library by LD_PRELOAD, for tests only.
 *
 * STEPS       kill     the process dies before the call of number STEPS_AT
 *             edquot   every write fails with EDQUOT
 * STEPS_PATH  only files whose path contains this; "kill" counts what is sent over sockets too
 * STEPS_ON    only while this file is there
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING, KILL, QUOTA };
static int mode;
static long at;
static atomic_long calls;
static const char *on, *path_part;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static ssize_t (*real_send)(int, const void *, size_t, int);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off64_t);

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_writev = dlsym(RTLD_NEXT, "writev");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_send = dlsym(RTLD_NEXT, "send");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    const char *what = getenv("STEPS");
    on = getenv("STEPS_ON");
    path_part = getenv("STEPS_PATH");
    at = getenv("STEPS_AT") ? atol(getenv("STEPS_AT")) : 1;
    if (what && !strcmp(what, "kill")) mode = KILL;
    if (what && !strcmp(what, "edquot")) mode = QUOTA;
}

static int is_on(void) { return !on || access(on, F_OK) == 0; }

/* Whether it is a file of ours. */
static int is_ours(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    if (len <= 0) return 0;
    path[len] = 0;
    return path[0] == '/' && (!path_part || strstr(path, path_part));
}

static int is_socket(int fd) {
    struct stat s;
    return fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode);
}

static void step(int fd) {
    if (mode != KILL || !is_on() || !(is_socket(fd) || is_ours(fd))) return;
    if (atomic_fetch_add(&calls, 1) + 1 == at) kill(getpid(), SIGKILL);
}

static int refused(int fd) {
    if (mode != QUOTA || !is_on() || !is_ours(fd)) return 0;
    errno = EDQUOT;
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t len) {
    step(fd);
    return refused(fd) ? -1 : real_write(fd, bytes, len);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    step(fd);
    return refused(fd) ? -1 : real_writev(fd, parts, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t offset) {
    step(fd);
    return refused(fd) ? -1 : real_pwrite(fd, bytes, len, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset) { return pwrite64(fd, bytes, len, offset); }

ssize_t send(int fd, const void *bytes, size_t len, int flags) {
    step(fd);
    return real_send(fd, bytes, len, flags);
}

int fsync(int fd) {
    step(fd);
    return real_fsync(fd);
}

int fdatasync(int fd) {
    step(fd);
    return real_fdatasync(fd);
}

int ftruncate64(int fd, off64_t size) {
    step(fd);
    return real_ftruncate(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
