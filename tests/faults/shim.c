/* What does a program do to its files, and what if the disk fails? Preloaded into it (LD_PRELOAD), this writes every change below
 * KB_SHIM_ROOT to the journal KB_SHIM_LOG, in the order in which they were made, so that a test can build every state that a power
 * cut may leave. While the file KB_SHIM_FAIL is there, which says "2 index/*", the second sync of a path that matches fails once
 * with EIO, as after a failed write-back; then that file is gone. With KB_SHIM_LIE the program is told that it did not fail, as if it
 * did not ask.
 *
 * An entry: kind (1 byte), inode, a, b, length (8 bytes each, native), then `length` bytes. Of paths, relative to the root:
 *   C create (path)   W write at a (bytes)   T cut to a   S synced   E sync failed   D folder synced (path)
 *   R rename (from, 0, to)   L second name (from, 0, to)   U remove a name (path)   M make a folder (path)   X remove one (path) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *fail;
static size_t root_length;
static int journal = -1;

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static void begin(void) {
  static int begun;
  if (begun) return;
  begun = 1;
  root = getenv("KB_SHIM_ROOT");
  fail = getenv("KB_SHIM_FAIL");
  const char *path = getenv("KB_SHIM_LOG");
  if (!root || !path) return;
  root_length = strlen(root);
  int (*real_open)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
  journal = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(char kind, uint64_t inode, uint64_t a, uint64_t b, const void *bytes, uint64_t length) {
  char head[33];
  head[0] = kind;
  memcpy(head + 1, &inode, 8);
  memcpy(head + 9, &a, 8);
  memcpy(head + 17, &b, 8);
  memcpy(head + 25, &length, 8);
  struct iovec parts[2] = {{head, 33}, {(void *)bytes, length}};
  ssize_t (*real)(int, const struct iovec *, int) = (ssize_t (*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
  if (real(journal, parts, 2) != (ssize_t)(33 + length)) abort();
}

/* The part of an absolute path below the root, or NULL. */
static const char *below(const char *path) {
  if (journal < 0 || strncmp(path, root, root_length)) return NULL;
  if (path[root_length] == 0) return "";
  return path[root_length] == '/' ? path + root_length + 1 : NULL;
}

/* The whole path of a name in a folder. */
static const char *whole(int folder, const char *name, char *buffer) {
  if (name[0] == '/') return name;
  char link[64];
  ssize_t n;
  if (folder == AT_FDCWD) {
    if (!getcwd(buffer, 2048)) return "";
    n = strlen(buffer);
  } else {
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    n = readlink(link, buffer, 2048);
    if (n < 0) return "";
  }
  while (!strncmp(name, "./", 2)) name += 2;
  snprintf(buffer + n, 2048, "/%s", name);
  return buffer;
}

/* The inode of a file below the root that is open, or 0; its path below the root into `path`. */
static uint64_t known(int fd, char *path, mode_t *mode) {
  char link[64], buffer[4096];
  struct stat meta;
  if (journal < 0 || fstat(fd, &meta) || !(S_ISREG(meta.st_mode) || S_ISDIR(meta.st_mode))) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, buffer, sizeof buffer - 1);
  if (n < 0) return 0;
  buffer[n] = 0;
  const char *relative = below(buffer);
  if (!relative) return 0;
  /* Shared memory of SQLite is made anew at each start. */
  if (strstr(relative, "-shm")) return 0;
  if (path) strcpy(path, relative);
  if (mode) *mode = meta.st_mode;
  return meta.st_ino;
}

static int opened(int folder, const char *name, int flags, mode_t mode) {
  typedef int (*opener)(int, const char *, int, ...);
  static opener real;
  if (!real) real = (opener)dlsym(RTLD_NEXT, "openat64");
  char buffer[4096];
  struct stat meta;
  pthread_mutex_lock(&lock);
  begin();
  const char *path = below(whole(folder, name, buffer));
  int there = path && fstatat(folder, name, &meta, 0) == 0;
  int fd = real(folder, name, flags, mode);
  int error = errno;
  if (fd >= 0 && path && !strstr(path, "-shm") && fstat(fd, &meta) == 0) {
    if (!there && (flags & O_CREAT)) note('C', meta.st_ino, 0, 0, path, strlen(path));
    if (there && (flags & O_TRUNC) && S_ISREG(meta.st_mode)) note('T', meta.st_ino, 0, 0, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

#define OPENER(symbol, folder) \
  va_list rest; \
  va_start(rest, flags); \
  mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
  va_end(rest); \
  return opened(folder, name, flags, mode)

int open(const char *name, int flags, ...) { OPENER(open, AT_FDCWD); }
int open64(const char *name, int flags, ...) { OPENER(open64, AT_FDCWD); }
int openat(int folder, const char *name, int flags, ...) { OPENER(openat, folder); }
int openat64(int folder, const char *name, int flags, ...) { OPENER(openat64, folder); }

static void written(int fd, const void *bytes, ssize_t n, off_t at) {
  uint64_t inode = n > 0 ? known(fd, NULL, NULL) : 0;
  if (!inode) return;
  if (at < 0) at = lseek(fd, 0, SEEK_CUR) - n;
  note('W', inode, at, 0, bytes, n);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(write);
  if (fd == journal && journal >= 0) return real(fd, bytes, length);
  pthread_mutex_lock(&lock);
  ssize_t n = real(fd, bytes, length);
  int error = errno;
  if (journal >= 0) written(fd, bytes, n, -1);
  pthread_mutex_unlock(&lock);
  errno = error;
  return n;
}

#define PWRITE(name, type) \
  ssize_t name(int fd, const void *bytes, size_t length, type at) { \
    REAL(name); \
    pthread_mutex_lock(&lock); \
    ssize_t n = real(fd, bytes, length, at); \
    int error = errno; \
    if (journal >= 0) written(fd, bytes, n, at); \
    pthread_mutex_unlock(&lock); \
    errno = error; \
    return n; \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define FTRUNCATE(name, type) \
  int name(int fd, type length) { \
    REAL(name); \
    pthread_mutex_lock(&lock); \
    int done = real(fd, length); \
    int error = errno; \
    uint64_t inode = done == 0 ? known(fd, NULL, NULL) : 0; \
    if (inode) note('T', inode, length, 0, NULL, 0); \
    pthread_mutex_unlock(&lock); \
    errno = error; \
    return done; \
  }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

/* Whether this sync is the one that is to fail. */
static int fails(const char *path) {
  if (!fail) return 0;
  int (*real_open)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
  int fd = real_open(fail, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  static int matched;
  char wanted[256], *pattern;
  ssize_t n = read(fd, wanted, sizeof wanted - 1);
  close(fd);
  if (n <= 0) return 0;
  wanted[n] = 0;
  long nth = strtol(wanted, &pattern, 10);
  if (fnmatch(pattern + 1, path, 0) || ++matched < nth) return 0;
  matched = 0;
  remove(fail);
  return 1;
}

#define SYNC(name) \
  int name(int fd) { \
    REAL(name); \
    char path[4096]; \
    mode_t mode; \
    pthread_mutex_lock(&lock); \
    begin(); \
    uint64_t inode = known(fd, path, &mode); \
    int done, error; \
    if (inode && fails(path)) { \
      note('E', inode, 0, 0, path, strlen(path)); \
      done = getenv("KB_SHIM_LIE") ? 0 : -1, error = EIO; \
    } else { \
      /* The disk below need not be waited for: what counts as synced is what the journal says. */ \
      done = inode ? 0 : real(fd), error = errno; \
      if (inode && done == 0) note(S_ISDIR(mode) ? 'D' : 'S', inode, 0, 0, path, strlen(path)); \
    } \
    pthread_mutex_unlock(&lock); \
    errno = error; \
    return done; \
  }
SYNC(fsync)
SYNC(fdatasync)

static void two(char kind, const char *from, const char *to) {
  char both[8192];
  size_t n = strlen(from), m = strlen(to);
  memcpy(both, from, n + 1);
  memcpy(both + n + 1, to, m);
  note(kind, 0, 0, 0, both, n + 1 + m);
}

static int paired(char kind, int folder, const char *from, int other, const char *to, int done) {
  int error = errno;
  char one[4096], another[4096];
  if (done == 0 && journal >= 0) {
    const char *a = below(whole(folder, from, one)), *b = below(whole(other, to, another));
    if (a && b) two(kind, a, b);
    else if (a || b) abort();
  }
  errno = error;
  return done;
}

int rename(const char *from, const char *to) {
  REAL(rename);
  pthread_mutex_lock(&lock);
  int done = paired('R', AT_FDCWD, from, AT_FDCWD, to, real(from, to));
  pthread_mutex_unlock(&lock);
  return done;
}

int linkat(int folder, const char *from, int other, const char *to, int flags) {
  REAL(linkat);
  pthread_mutex_lock(&lock);
  int done = paired('L', folder, from, other, to, real(folder, from, other, to, flags));
  pthread_mutex_unlock(&lock);
  return done;
}

static int single(char kind, int folder, const char *name, int done) {
  int error = errno;
  char buffer[4096];
  if (done == 0 && journal >= 0) {
    const char *path = below(whole(folder, name, buffer));
    if (path && !strstr(path, "-shm")) note(kind, 0, 0, 0, path, strlen(path));
  }
  errno = error;
  return done;
}

#define SINGLE(kind, name) \
  int name(const char *path) { \
    REAL(name); \
    pthread_mutex_lock(&lock); \
    int done = single(kind, AT_FDCWD, path, real(path)); \
    pthread_mutex_unlock(&lock); \
    return done; \
  }
SINGLE('U', unlink)
SINGLE('X', rmdir)

int unlinkat(int folder, const char *path, int flags) {
  REAL(unlinkat);
  pthread_mutex_lock(&lock);
  int done = single(flags & AT_REMOVEDIR ? 'X' : 'U', folder, path, real(folder, path, flags));
  pthread_mutex_unlock(&lock);
  return done;
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  pthread_mutex_lock(&lock);
  begin();
  int done = single('M', AT_FDCWD, path, real(path, mode));
  pthread_mutex_unlock(&lock);
  return done;
}
