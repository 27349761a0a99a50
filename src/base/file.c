/* Files that appear whole or not at all, and reading a small file whole.
 *
 * Called by renderers, store back-ups and cli. Must not know what the files hold.
 *
 * Every open temporary file stands in a list, so that main can remove them all when the run is
 * stopped. The list is this floor's only shared state besides status.c's; a lock guards it.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct open_temp {
    struct open_temp *next;
    char *path; /* XXXXXX until the file is there; shared with struct file_replace */
};

static pthread_mutex_t open_temps_lock = PTHREAD_MUTEX_INITIALIZER;
static struct open_temp *open_temps;

/* Makes the temporary file and puts it on the list in one step; the descriptor or -1 with errno.
 * Memory comes before the lock: whoever ends the run for lack of it calls file_replace_abandon_all.
 */
static int make_temp(char *path)
{
    struct open_temp *entry = gr_alloc(sizeof *entry);
    pthread_mutex_lock(&open_temps_lock);
    int descriptor = mkostemp(path, O_CLOEXEC); /* mode 0600 */
    int cause = errno;
    if (descriptor >= 0) {
        *entry = (struct open_temp){open_temps, path};
        open_temps = entry;
    }
    pthread_mutex_unlock(&open_temps_lock);
    if (descriptor < 0)
        free(entry);
    errno = cause;
    return descriptor;
}

static void forget_temp(const char *path)
{
    pthread_mutex_lock(&open_temps_lock);
    for (struct open_temp **at = &open_temps; *at; at = &(*at)->next)
        if ((*at)->path == path) {
            struct open_temp *entry = *at;
            *at = entry->next;
            free(entry);
            break;
        }
    pthread_mutex_unlock(&open_temps_lock);
}

void file_replace_abandon_all(void)
{
    pthread_mutex_lock(&open_temps_lock);
    while (open_temps) {
        struct open_temp *entry = open_temps;
        unlink(entry->path);
        open_temps = entry->next;
        free(entry);
    }
    pthread_mutex_unlock(&open_temps_lock);
}

/* Length of the folder part of a path, with its last slash; 0 for the current folder. */
static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Own; FOLDER/.NAME.XXXXXX for mkstemp. A long name is cut so that the temporary one fits too. */
static char *temp_pattern(const char *path)
{
    enum { NAME_PART_MAX = 200 };
    static const char suffix[] = ".XXXXXX";
    size_t folder = folder_len(path);
    size_t name = strlen(path) - folder;
    if (name > NAME_PART_MAX)
        name = NAME_PART_MAX;
    char *pattern = gr_alloc(folder + 1 + name + sizeof suffix);
    memcpy(pattern, path, folder);
    pattern[folder] = '.';
    memcpy(pattern + folder + 1, path + folder, name);
    memcpy(pattern + folder + 1 + name, suffix, sizeof suffix);
    return pattern;
}

enum gr_status file_replace_open(struct file_replace *file, const char *path, struct gr_err *err)
{
    char *target = realpath(path, NULL); /* a link stays: the file behind it is replaced */
    size_t len = strlen(path) + 1;
    if (!target)
        target = memcpy(gr_alloc(len), path, len);
    *file = (struct file_replace){.temp_path = temp_pattern(target), .path = target};
    int descriptor = make_temp(file->temp_path);
    if (descriptor < 0) {
        gr_fail(err, GR_ESTORE, "can't write %s: %s", path, strerror(errno));
        free(file->temp_path);
        file->temp_path = NULL;
        file_replace_abandon(file);
        return err->status;
    }
    struct stat old;
    if (stat(file->path, &old) == 0 && fchmod(descriptor, old.st_mode & 0777) != 0) {
        gr_fail(err, GR_ESTORE, "can't write %s: %s", path, strerror(errno));
        close(descriptor);
        file_replace_abandon(file);
        return err->status;
    }
    file->stream = fdopen(descriptor, "wb");
    if (!file->stream) {
        gr_fail(err, GR_ESTORE, "can't write %s: %s", path, strerror(errno));
        close(descriptor);
        file_replace_abandon(file);
        return err->status;
    }
    return GR_OK;
}

/* Makes the rename itself last. Some file systems can't sync a folder (EINVAL): then it is theirs.
 */
static int sync_folder(const char *path)
{
    size_t len = folder_len(path);
    char *folder = gr_alloc(len + 2);
    memcpy(folder, path, len);
    memcpy(folder + len, ".", 2);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (descriptor < 0)
        return errno == EACCES ? 0 : errno; /* a folder that may be written but not listed */
    int cause = fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS ? errno : 0;
    close(descriptor);
    return cause;
}

/* Bytes to disk and the stream closed; 0 or errno. */
static int finish_stream(FILE *stream)
{
    int cause = 0;
    errno = 0;
    if (fflush(stream) != 0)
        cause = errno ? errno : EIO;
    else if (ferror(stream)) /* an earlier write failed and its errno is gone */
        cause = EIO;
    else if (fsync(fileno(stream)) != 0)
        cause = errno;
    if (fclose(stream) != 0 && cause == 0)
        cause = errno;
    return cause;
}

enum gr_status file_replace_commit(struct file_replace *file, struct gr_err *err)
{
    int cause = finish_stream(file->stream);
    file->stream = NULL;
    if (cause == 0 && rename(file->temp_path, file->path) != 0)
        cause = errno;
    enum gr_status status = GR_OK;
    if (cause != 0) {
        status = gr_fail(err, GR_ESTORE, "can't write %s: %s", file->path, strerror(cause));
    } else {
        forget_temp(file->temp_path); /* the name is free now and may become another's */
        free(file->temp_path);
        file->temp_path = NULL;
        cause = sync_folder(file->path);
        if (cause != 0)
            status = gr_fail(err, GR_ESTORE, "%s is written, but its folder can't be synced: %s",
                             file->path, strerror(cause));
    }
    file_replace_abandon(file);
    return status;
}

void file_replace_abandon(struct file_replace *file)
{
    if (file->stream)
        fclose(file->stream);
    if (file->temp_path) {
        forget_temp(file->temp_path);
        unlink(file->temp_path);
    }
    free(file->temp_path);
    free(file->path);
    *file = (struct file_replace){0};
}

enum gr_status file_read(const char *path, struct strbuf *buf, struct gr_err *err)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return gr_fail(err, GR_ESTORE, "can't read %s: %s", path, strerror(errno));
    enum gr_status status = GR_OK;
    char chunk[32 << 10];
    for (;;) {
        ssize_t len = read(descriptor, chunk, sizeof chunk);
        if (len == 0)
            break;
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0) {
            status = gr_fail(err, GR_ESTORE, "can't read %s: %s", path, strerror(errno));
            break;
        }
        strbuf_append(buf, (struct str){chunk, (size_t)len});
        if (buf->overflowed) {
            status =
                gr_fail(err, GR_ESTORE, "can't read %s: more than %zu bytes", path, buf->ceiling);
            break;
        }
    }
    close(descriptor);
    return status;
}
