// A file system that fails when told to, for the tests of the program (Linux).
//
// The tests compile this file to a shared library and load it into the program with LD_PRELOAD. It stands
// between the program and the C library, counts the calls that change something under a folder, and lets
// something happen at one of them. Set by environment variables:
//
//   EDDY_FAULT_FOLDER   calls on paths in this folder are counted, from 1
//   EDDY_FAULT_AT       the call at which it happens, or `end`: when the program has ended; never without
//   EDDY_FAULT_MODE     what happens:
//     EIO ENOSPC EINTR    the call fails so, once; but a file is closed even if close() says otherwise
//     ENOSPC+             this call and all later ones that need room fail: the disk stays full
//     short               a write takes half of its bytes; other calls are as ever
//     kill                SIGKILL before the call
//     cut                 a power cut before the call: files lose what was written since their last fsync
//     forget              a power cut that forgets names too: renamed and created files whose folder was
//                         not synced since are as they were before
//   EDDY_FAULT_REPORT   a file that gets a line for each call: number, name, path; `!` before the one
//   EDDY_FAULT_CLOCK    seconds by which the clock of the day jumps, there and back, at each question
//
// One lock covers accounting and calls, so that a power cut comes between calls of all threads. Nothing here
// allocates.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { maximumFiles = 256, maximumDescriptors = 4096, maximumNames = 4096, pathSize = 1024 };

// What the next library, in the end the C library, has under this name.
#define NEXT(name)                                                   \
  static __typeof__(&name) next;                                     \
  if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

// ---- The plan

static char folder[pathSize];
static long at;
static long count;
static bool isAtEnd;
static bool isFull;
static enum { nothing, error, full, shorten, killed, cut, forget } mode;
static int faultError;
static int report = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *value = getenv("EDDY_FAULT_FOLDER");
  if (!value || strlen(value) >= pathSize - 48) return;
  strcpy(folder, value);
  const char *name = getenv("EDDY_FAULT_REPORT");
  if (name) {
    int low = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    // Out of the way, so that the program gets the descriptors that it would get.
    report = fcntl(low, F_DUPFD_CLOEXEC, 500);
    syscall(SYS_close, low);
  }
  value = getenv("EDDY_FAULT_AT");
  at = value ? atol(value) : 0;
  isAtEnd = value && !strcmp(value, "end");
  value = getenv("EDDY_FAULT_MODE");
  if (!value) return;
  if (!strcmp(value, "EIO")) mode = error, faultError = EIO;
  if (!strcmp(value, "ENOSPC")) mode = error, faultError = ENOSPC;
  if (!strcmp(value, "EINTR")) mode = error, faultError = EINTR;
  if (!strcmp(value, "ENOSPC+")) mode = full, faultError = ENOSPC;
  if (!strcmp(value, "short")) mode = shorten;
  if (!strcmp(value, "kill")) mode = killed;
  if (!strcmp(value, "cut")) mode = cut;
  if (!strcmp(value, "forget")) mode = forget;
}

// ---- Which files are open, and what a power cut would take

struct file {
  bool isUsed, isFolder;
  int users;       // descriptors of the program
  int keeper;      // a descriptor of ours, which survives the program's close()
  off_t safe;      // so much is on the disk
  dev_t device;
  ino_t inode;
  char path[pathSize];
};

static struct file files[maximumFiles];
static struct file *fileOf[maximumDescriptors];

// A name that would be forgotten: `from` became `to`, whose old file is kept as `spare`; or `to` was made.
struct name {
  char from[pathSize], to[pathSize], spare[pathSize];
};

static struct name names[maximumNames];
static int nameCount;
static int spareCount;

static bool isInFolder(const char *path) {
  size_t length = strlen(folder);
  return length && !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

// The path that a name leads to, from a folder's descriptor; false if it is none of ours.
static bool resolve(int directory, const char *name, char *path) {
  if (!folder[0] || !name) return false;
  if (name[0] == '/') {
    if (strlen(name) >= pathSize) return false;
    strcpy(path, name);
  } else {
    char link[64];
    if (directory == AT_FDCWD) strcpy(link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    ssize_t length = readlink(link, path, pathSize - 1);
    if (length < 0 || (size_t)length + strlen(name) + 2 > pathSize) return false;
    path[length] = '/';
    strcpy(path + length + 1, name);
  }
  return isInFolder(path);
}

static bool isParent(const char *directory, const char *path) {
  const char *slash = strrchr(path, '/');
  return slash && (size_t)(slash - path) == strlen(directory)
    && !strncmp(directory, path, slash - path);
}

static void release(struct file *file) {
  if (file->keeper >= 0) syscall(SYS_close, file->keeper);
  file->isUsed = false;
}

static void opened(int descriptor, const char *path) {
  struct stat status;
  if (descriptor >= maximumDescriptors || fstat(descriptor, &status)) return;
  struct file *file = NULL;
  for (int i = 0; i < maximumFiles; i++) {
    struct file *other = &files[i];
    if (other->isUsed && other->device == status.st_dev && other->inode == status.st_ino) file = other;
  }
  for (int i = 0; i < maximumFiles && !file; i++) {
    if (files[i].isUsed) continue;
    file = &files[i];
    *file = (struct file){
      .isUsed = true, .isFolder = S_ISDIR(status.st_mode), .keeper = -1, .safe = status.st_size,
      .device = status.st_dev, .inode = status.st_ino};
    strcpy(file->path, path);
    if (!file->isFolder && (mode == cut || mode == forget)) {
      // Opened anew, not duplicated: it shares no lock with the program's.
      char link[64];
      snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
      int low = (int)syscall(SYS_openat, AT_FDCWD, link, O_WRONLY | O_CLOEXEC);
      if (low >= 0) {
        file->keeper = fcntl(low, F_DUPFD_CLOEXEC, 500);
        syscall(SYS_close, low);
      }
    }
  }
  if (!file) return;
  file->users++;
  fileOf[descriptor] = file;
}

// What a file holds from `offset` on is not on the disk, or not what the program wrote.
static void written(struct file *file, off_t offset) {
  if (offset < file->safe) file->safe = offset;
}

static void synced(struct file *file) {
  struct stat status;
  if (file->isFolder) {
    int kept = 0;
    for (int i = 0; i < nameCount; i++) {
      if (isParent(file->path, names[i].to)) {
        if (names[i].spare[0]) syscall(SYS_unlinkat, AT_FDCWD, names[i].spare, 0);
      } else if (kept++ != i) {
        names[kept - 1] = names[i];
      }
    }
    nameCount = kept;
  } else if (file->keeper >= 0 && !fstat(file->keeper, &status)) {
    file->safe = status.st_size;
  }
}

static void closed(int descriptor) {
  struct file *file = fileOf[descriptor];
  struct stat status;
  fileOf[descriptor] = NULL;
  if (--file->users) return;
  bool isClean = file->keeper < 0 || fstat(file->keeper, &status) || status.st_nlink == 0
    || file->safe == status.st_size;
  if (isClean) release(file);
}

static void made(const char *from, const char *to, const char *spare) {
  if (mode != forget || nameCount == maximumNames) return;
  struct name *name = &names[nameCount++];
  strcpy(name->from, from);
  strcpy(name->to, to);
  strcpy(name->spare, spare);
}

static void loseContents(void) {
  for (int i = 0; i < maximumFiles; i++) {
    struct stat status;
    struct file *file = &files[i];
    if (!file->isUsed || file->keeper < 0 || fstat(file->keeper, &status)) continue;
    if (status.st_size > file->safe) syscall(SYS_ftruncate, file->keeper, file->safe);
  }
}

static void loseNames(void) {
  while (nameCount) {
    struct name *name = &names[--nameCount];
    if (name->from[0]) {
      syscall(SYS_renameat2, AT_FDCWD, name->to, AT_FDCWD, name->from, 0);
      if (name->spare[0]) syscall(SYS_renameat2, AT_FDCWD, name->spare, AT_FDCWD, name->to, 0);
    } else {
      syscall(SYS_unlinkat, AT_FDCWD, name->to, 0);
    }
  }
}

// ---- Counting

// Counts a call, and lets happen what is to happen now; whether the call is to fail (or be short).
static bool strikes(const char *call, const char *path, bool needsRoom) {
  bool isNow = ++count == at;
  if (report >= 0) {
    char line[pathSize + 64];
    int length = snprintf(line, sizeof line, "%s%ld %s %s\n", isNow ? "!" : "", count, call, path);
    syscall(SYS_write, report, line, length);
  }
  if (isNow && mode == full) isFull = true;
  if (isFull) return needsRoom;
  if (!isNow) return false;
  if (mode == cut || mode == forget) loseContents();
  if (mode == forget) loseNames();
  if (mode == killed || mode == cut || mode == forget) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
  }
  return true;
}

__attribute__((destructor)) static void end(void) {
  if (!isAtEnd) return;
  if (mode == cut || mode == forget) loseContents();
  if (mode == forget) loseNames();
}

static bool fails(const char *call, const char *path, bool needsRoom) {
  return strikes(call, path, needsRoom) && mode != shorten;
}

// Leaves the lock, with this result.
static long leave(long result, int number) {
  pthread_mutex_unlock(&lock);
  errno = number;
  return result;
}

// Takes the lock if a descriptor is one of ours.
static struct file *enter(int descriptor) {
  if (!folder[0] || descriptor < 0 || descriptor >= maximumDescriptors) return NULL;
  pthread_mutex_lock(&lock);
  struct file *file = fileOf[descriptor];
  if (!file) pthread_mutex_unlock(&lock);
  return file;
}

// ---- Calls on names

static int openFile(int directory, const char *name, int flags, mode_t permissions) {
  static __typeof__(&openat) next;
  if (!next) next = (__typeof__(&openat))dlsym(RTLD_NEXT, "openat");
  char path[pathSize];
  bool changes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC | O_DIRECTORY);
  if (!changes || !resolve(directory, name, path)) return next(directory, name, flags, permissions);
  pthread_mutex_lock(&lock);
  bool isNew = flags & O_CREAT && faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW);
  if (fails("open", path, isNew)) return (int)leave(-1, faultError);
  int descriptor = next(directory, name, flags, permissions);
  int number = errno;
  if (descriptor >= 0) {
    opened(descriptor, path);
    if (isNew) made("", path, "");
    if (flags & O_TRUNC && fileOf[descriptor]) written(fileOf[descriptor], 0);
  }
  return (int)leave(descriptor, number);
}

#define PERMISSIONS                                              \
  mode_t permissions = 0;                                        \
  if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {     \
    va_list list;                                                \
    va_start(list, flags);                                       \
    permissions = va_arg(list, mode_t);                          \
    va_end(list);                                                \
  }

int open(const char *name, int flags, ...) {
  PERMISSIONS
  return openFile(AT_FDCWD, name, flags, permissions);
}

int open64(const char *name, int flags, ...) {
  PERMISSIONS
  return openFile(AT_FDCWD, name, flags | O_LARGEFILE, permissions);
}

int openat(int directory, const char *name, int flags, ...) {
  PERMISSIONS
  return openFile(directory, name, flags, permissions);
}

int openat64(int directory, const char *name, int flags, ...) {
  PERMISSIONS
  return openFile(directory, name, flags | O_LARGEFILE, permissions);
}

int creat(const char *name, mode_t permissions) {
  return openFile(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, permissions);
}

int renameat2(int oldFolder, const char *old, int newFolder, const char *new, unsigned flags) {
  NEXT(renameat2);
  char from[pathSize], to[pathSize], spare[pathSize] = "";
  bool isOurs = resolve(oldFolder, old, from);
  if (!resolve(newFolder, new, to) || !isOurs) return next(oldFolder, old, newFolder, new, flags);
  pthread_mutex_lock(&lock);
  if (fails("rename", to, true)) return (int)leave(-1, faultError);
  if (mode == forget) {
    // Beside the folder, not in it.
    snprintf(spare, sizeof spare, "%s.spare-%d-%d", folder, getpid(), spareCount++);
    if (syscall(SYS_linkat, AT_FDCWD, to, AT_FDCWD, spare, 0)) spare[0] = 0;
  }
  int result = next(oldFolder, old, newFolder, new, flags);
  int number = errno;
  if (!result) {
    made(from, to, spare);
    for (int i = 0; i < maximumFiles; i++) {
      if (files[i].isUsed && !strcmp(files[i].path, from)) strcpy(files[i].path, to);
    }
  } else if (spare[0]) {
    syscall(SYS_unlinkat, AT_FDCWD, spare, 0);
  }
  return (int)leave(result, number);
}

int rename(const char *old, const char *new) { return renameat2(AT_FDCWD, old, AT_FDCWD, new, 0); }

int renameat(int oldFolder, const char *old, int newFolder, const char *new) {
  return renameat2(oldFolder, old, newFolder, new, 0);
}

int unlinkat(int directory, const char *name, int flags) {
  NEXT(unlinkat);
  char path[pathSize];
  if (!resolve(directory, name, path)) return next(directory, name, flags);
  pthread_mutex_lock(&lock);
  if (fails(flags & AT_REMOVEDIR ? "rmdir" : "unlink", path, false)) return (int)leave(-1, faultError);
  int result = next(directory, name, flags);
  return (int)leave(result, errno);
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }

int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

int mkdirat(int directory, const char *name, mode_t permissions) {
  NEXT(mkdirat);
  char path[pathSize];
  if (!resolve(directory, name, path)) return next(directory, name, permissions);
  pthread_mutex_lock(&lock);
  if (fails("mkdir", path, true)) return (int)leave(-1, faultError);
  int result = next(directory, name, permissions);
  return (int)leave(result, errno);
}

int mkdir(const char *name, mode_t permissions) { return mkdirat(AT_FDCWD, name, permissions); }

// ---- Calls on descriptors

// `offset` -1 is where the descriptor stands.
static ssize_t writePieces(
  const char *call, int descriptor, const struct iovec *pieces, int pieceCount, off_t offset
) {
  static __typeof__(&pwritev) nextAt;
  if (!nextAt) nextAt = (__typeof__(&pwritev))dlsym(RTLD_NEXT, "pwritev");
  static __typeof__(&writev) nextHere;
  if (!nextHere) nextHere = (__typeof__(&writev))dlsym(RTLD_NEXT, "writev");
  struct file *file = enter(descriptor);
  struct iovec half;
  if (file) {
    if (strikes(call, file->path, true)) {
      if (mode != shorten) return leave(-1, faultError);
      half = pieces[0];
      half.iov_len = (half.iov_len + 1) / 2;
      pieces = &half;
      pieceCount = 1;
    }
    off_t place = offset;
    if (offset < 0) {
      struct stat status;
      bool appends = fcntl(descriptor, F_GETFL) & O_APPEND;
      place = appends && !fstat(descriptor, &status) ? status.st_size : lseek(descriptor, 0, SEEK_CUR);
    }
    written(file, place);
  }
  ssize_t result =
    offset < 0 ? nextHere(descriptor, pieces, pieceCount) : nextAt(descriptor, pieces, pieceCount, offset);
  return file ? leave(result, errno) : result;
}

ssize_t write(int descriptor, const void *bytes, size_t size) {
  struct iovec piece = {.iov_base = (void *)bytes, .iov_len = size};
  NEXT(write);
  // Most writes are none of ours, and come from the program's own output.
  if (!folder[0]) return next(descriptor, bytes, size);
  return writePieces("write", descriptor, &piece, 1, -1);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset) {
  struct iovec piece = {.iov_base = (void *)bytes, .iov_len = size};
  return writePieces("pwrite", descriptor, &piece, 1, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t offset) {
  return pwrite(descriptor, bytes, size, offset);
}

ssize_t writev(int descriptor, const struct iovec *pieces, int pieceCount) {
  return writePieces("writev", descriptor, pieces, pieceCount, -1);
}

ssize_t pwritev(int descriptor, const struct iovec *pieces, int pieceCount, off_t offset) {
  return writePieces("pwritev", descriptor, pieces, pieceCount, offset);
}

static int syncFile(const char *call, int descriptor, int (*next)(int)) {
  struct file *file = enter(descriptor);
  if (!file) return next(descriptor);
  if (fails(call, file->path, false)) return (int)leave(-1, faultError);
  int result = next(descriptor);
  int number = errno;
  if (!result) synced(file);
  return (int)leave(result, number);
}

int fsync(int descriptor) {
  NEXT(fsync);
  return syncFile("fsync", descriptor, next);
}

int fdatasync(int descriptor) {
  NEXT(fdatasync);
  return syncFile("fdatasync", descriptor, next);
}

int ftruncate(int descriptor, off_t length) {
  NEXT(ftruncate);
  struct file *file = enter(descriptor);
  if (!file) return next(descriptor, length);
  if (fails("ftruncate", file->path, false)) return (int)leave(-1, faultError);
  int result = next(descriptor, length);
  int number = errno;
  if (!result) written(file, length);
  return (int)leave(result, number);
}

int ftruncate64(int descriptor, off64_t length) { return ftruncate(descriptor, length); }

int close(int descriptor) {
  NEXT(close);
  struct file *file = enter(descriptor);
  if (!file) return next(descriptor);
  bool isFailing = fails("close", file->path, false);
  closed(descriptor);
  int result = next(descriptor);
  return isFailing ? (int)leave(-1, faultError) : (int)leave(result, errno);
}

int flock(int descriptor, int operation) {
  NEXT(flock);
  struct file *file = enter(descriptor);
  if (!file) return next(descriptor, operation);
  if (fails("flock", file->path, false)) return (int)leave(-1, faultError);
  // It may wait for another process, or thread.
  leave(0, 0);
  return next(descriptor, operation);
}

// ---- The clock of the day

static time_t jump(void) {
  static atomic_long size = LONG_MIN;
  static atomic_uint questions;
  if (size == LONG_MIN) {
    const char *value = getenv("EDDY_FAULT_CLOCK");
    size = value ? atol(value) : 0;
  }
  return questions++ % 2 ? -size : size;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  NEXT(clock_gettime);
  int result = next(clock, now);
  if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += jump();
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  NEXT(gettimeofday);
  int result = next(now, zone);
  if (!result) now->tv_sec += jump();
  return result;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}
