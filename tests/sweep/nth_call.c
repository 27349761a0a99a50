/* Preloaded into the program: counts the calls that change files of a folder, and at the nth one
 * kills the process, or fails that call or all from it on, as a full disk would.
 *
 *   SWEEP_FOLDER  only files below it count
 *   SWEEP_NTH     from 1; 0 or absent: only count
 *   SWEEP_HOW     kill, full (that call on: ENOSPC), once (that call alone: ENOSPC)
 *   SWEEP_COUNT   file to which the number of calls is written at a normal end
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_ulong calls;

static int is_ours(const char *path)
{
    const char *folder = getenv("SWEEP_FOLDER");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_ours_open(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    if (len <= 0)
        return 0;
    path[len] = '\0';
    return is_ours(path);
}

/* True when the call at hand has to fail; does not return when it has to kill. */
static int is_struck(void)
{
    const char *nth = getenv("SWEEP_NTH"), *how = getenv("SWEEP_HOW");
    unsigned long wanted = nth ? strtoul(nth, NULL, 10) : 0;
    unsigned long number = atomic_fetch_add(&calls, 1) + 1;
    if (!wanted || !how || number < wanted)
        return 0;
    if (strcmp(how, "kill") == 0)
        raise(SIGKILL);
    return strcmp(how, "full") == 0 || number == wanted;
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

#define FAIL_WITH(code)                                                                            \
    do {                                                                                           \
        errno = (code);                                                                            \
        return -1;                                                                                 \
    } while (0)

ssize_t write(int fd, const void *bytes, size_t len)
{
    ssize_t (*call)(int, const void *, size_t) = real("write");
    if (is_ours_open(fd) && is_struck())
        FAIL_WITH(ENOSPC);
    return call(fd, bytes, len);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
    ssize_t (*call)(int, const void *, size_t, off_t) = real("pwrite64");
    if (is_ours_open(fd) && is_struck())
        FAIL_WITH(ENOSPC);
    return call(fd, bytes, len, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    ssize_t (*call)(int, const void *, size_t, off_t) = real("pwrite");
    if (is_ours_open(fd) && is_struck())
        FAIL_WITH(ENOSPC);
    return call(fd, bytes, len, at);
}

int fdatasync(int fd)
{
    int (*call)(int) = real("fdatasync");
    if (is_ours_open(fd) && is_struck())
        FAIL_WITH(EIO);
    return call(fd);
}

int fsync(int fd)
{
    int (*call)(int) = real("fsync");
    if (is_ours_open(fd) && is_struck())
        FAIL_WITH(EIO);
    return call(fd);
}

int ftruncate(int fd, off_t len)
{
    int (*call)(int, off_t) = real("ftruncate");
    if (is_ours_open(fd) && is_struck())
        FAIL_WITH(EIO);
    return call(fd, len);
}

int ftruncate64(int fd, off_t len)
{
    int (*call)(int, off_t) = real("ftruncate64");
    if (is_ours_open(fd) && is_struck())
        FAIL_WITH(EIO);
    return call(fd, len);
}

int posix_fallocate(int fd, off_t at, off_t len)
{
    int (*call)(int, off_t, off_t) = real("posix_fallocate");
    if (is_ours_open(fd) && is_struck())
        return ENOSPC;
    return call(fd, at, len);
}

/* Taking a file away never fails for want of room: it only counts, for the kill. */
int unlink(const char *path)
{
    int (*call)(const char *) = real("unlink");
    const char *how = getenv("SWEEP_HOW");
    if (is_ours(path) && how && strcmp(how, "kill") == 0)
        is_struck();
    return call(path);
}

int rename(const char *from, const char *to)
{
    int (*call)(const char *, const char *) = real("rename");
    if (is_ours(to) && is_struck())
        FAIL_WITH(ENOSPC);
    return call(from, to);
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("SWEEP_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file)
        return;
    fprintf(file, "%lu\n", atomic_load(&calls));
    fclose(file);
}
