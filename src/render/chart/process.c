/* Runs gnuplot with a script on its standard input and collects what it writes: no shell, no files,
 * no temporary folder to leave behind.
 *
 * Called by chart_svg_all(). The script holds no text of a document, so nothing hostile should ever
 * reach gnuplot; still the child is shut in: empty environment, limits on time, memory and files,
 * it dies with us, and (x86-64, aarch64) a system call filter under which it can neither start a
 * program nor talk to a network nor open a file for writing. fork and exec rather than posix_spawn,
 * because limits and filter have to be set in between; only async-signal-safe calls stand there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "render/chart/chart_internal.h"

enum { LIMIT_SECONDS = 30, CHILD_EXEC_FAILED = 127 };

struct str chart_gnuplot_find(struct arena *arena, const char *program)
{
    if (program && strchr(program, '/'))
        return access(program, X_OK) ? STR_NONE : arena_str(arena, str_from(program));
    const char *name = program ? program : "gnuplot";
    const char *path = getenv("PATH");
    if (!*name || !path)
        return STR_NONE;
    for (struct str rest = str_from(path); rest.ptr;) {
        struct str folder = str_cut(&rest, ':');
        /* A relative entry would run whatever lies in the current folder. */
        if (!folder.len || folder.ptr[0] != '/')
            continue;
        struct str candidate = arena_printf(arena, "%.*s/%s", (int)folder.len, folder.ptr, name);
        if (!access(candidate.ptr, X_OK))
            return candidate;
    }
    return STR_NONE;
}

/* ---- the child, between fork and exec ---- */

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef FILTER_ARCH
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_ARG_LOW(n)                                                                            \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (n))
#define LOAD_ARG_HIGH(n)                                                                           \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (n) + 4)
#define DENY(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), DENY(EPERM)
enum { OPEN_FOR_WRITING = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, CLONE_IS_THREAD = 0x10000 };

/* The one exec that is let through is ours: told by the address of its path, which means nothing in
 * the new program. */
static bool filter_install(const char *path)
{
    const uint64_t address = (uint64_t)(uintptr_t)path;
    struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#ifdef __x86_64__
        /* numbers of the x32 interface would pass the checks below */
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        DENY(EPERM),
        REFUSE(SYS_fork),
        REFUSE(SYS_vfork),
        REFUSE(SYS_creat),
        REFUSE(SYS_unlink),
        REFUSE(SYS_rename),
        REFUSE(SYS_mkdir),
        REFUSE(SYS_rmdir),
        REFUSE(SYS_chmod),
        REFUSE(SYS_link),
        REFUSE(SYS_symlink),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open, 0, 4),
        LOAD_ARG_LOW(1),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, OPEN_FOR_WRITING, 0, 1),
        DENY(EACCES),
        ALLOW,
#endif
        REFUSE(SYS_execveat),
        REFUSE(SYS_socket),
        REFUSE(SYS_connect),
        REFUSE(SYS_ptrace),
        REFUSE(SYS_unlinkat),
        REFUSE(SYS_renameat2),
        REFUSE(SYS_mkdirat),
        REFUSE(SYS_fchmodat),
        REFUSE(SYS_linkat),
        REFUSE(SYS_symlinkat),
        REFUSE(SYS_kill),
        /* libraries fall back to clone and openat, whose flags can be looked at */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        DENY(ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        DENY(ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),
        LOAD_ARG_LOW(0),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_IS_THREAD, 1, 0),
        DENY(EPERM),
        ALLOW,
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4),
        LOAD_ARG_LOW(2),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, OPEN_FOR_WRITING, 0, 1),
        DENY(EACCES),
        ALLOW,
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 5),
        LOAD_ARG_LOW(0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)address, 0, 2),
        LOAD_ARG_HIGH(0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(address >> 32), 1, 0),
        DENY(EPERM),
        ALLOW,
    };
    const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    /* A kernel built without filters: the other guards have to do. */
    return !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) || errno == EINVAL;
}
#else
static bool filter_install(const char *path)
{
    (void)path;
    return true;
}
#endif

static void child_limits(void)
{
    static const struct {
        int resource;
        rlim_t limit;
    } limits[] = {
        {RLIMIT_CPU,    LIMIT_SECONDS  },
        {RLIMIT_AS,     (rlim_t)2 << 30},
        {RLIMIT_FSIZE,  0              },
        {RLIMIT_NOFILE, 64             },
        {RLIMIT_CORE,   0              },
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        const struct rlimit limit = {limits[i].limit, limits[i].limit};
        setrlimit((__rlimit_resource_t)limits[i].resource, &limit);
    }
}

/* What some library opened without close-on-exec is no business of gnuplot's. */
static void child_close_others(void)
{
    if (!syscall(SYS_close_range, 3, ~0U, 0))
        return;
    for (int file = 3; file < 1024; file++) /* a kernel before 5.9 */
        close(file);
}

static _Noreturn void child_run(const char *program, int input, int output, int errors)
{
    char name[] = "gnuplot", option[] = "-d"; /* -d: no start-up files */
    char locale[] = "LC_ALL=C.UTF-8";
    char *const arguments[] = {name, option, NULL};
    char *const environment[] = {locale, NULL};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(input, 0) == 0 && dup2(output, 1) == 1 && dup2(errors, 2) == 2 && !chdir("/")) {
        child_close_others();
        child_limits();
        if (!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && filter_install(program))
            execve(program, arguments, environment);
    }
    _exit(CHILD_EXEC_FAILED);
}

/* ---- the parent ---- */

struct talk {
    struct pollfd ends[3]; /* script in, SVG out, messages */
    struct str script;     /* what is still to be sent */
    struct strbuf *out;
    struct strbuf messages;
};

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void end_close(struct pollfd *end)
{
    if (end->fd >= 0)
        close(end->fd);
    end->fd = -1;
}

static void talk_send(struct talk *talk)
{
    ssize_t sent = talk->script.len ? send(talk->ends[0].fd, talk->script.ptr, talk->script.len,
                                           MSG_NOSIGNAL | MSG_DONTWAIT)
                                    : 0;
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (sent > 0) {
        talk->script.ptr += sent;
        talk->script.len -= (size_t)sent;
    }
    /* All sent, or the child is gone, which its exit status will tell. */
    if (sent < 0 || !talk->script.len)
        end_close(&talk->ends[0]);
}

static void talk_receive(struct pollfd *end, struct strbuf *into)
{
    char bytes[65536];
    ssize_t count = read(end->fd, bytes, sizeof bytes);
    if (count > 0)
        strbuf_append(into, (struct str){bytes, (size_t)count});
    else if (count == 0 || (errno != EINTR && errno != EAGAIN))
        end_close(end);
}

/* Until the child has closed its ends; false when it took too long. */
static bool talk_run(struct talk *talk)
{
    const long deadline = now_ms() + LIMIT_SECONDS * 1000L;
    while (talk->ends[1].fd >= 0 || talk->ends[2].fd >= 0) {
        long left = deadline - now_ms();
        if (left <= 0)
            return false;
        if (poll(talk->ends, 3, (int)left) < 0 && errno != EINTR)
            return false;
        if (talk->ends[0].fd >= 0 && talk->ends[0].revents)
            talk_send(talk);
        if (talk->ends[1].fd >= 0 && talk->ends[1].revents)
            talk_receive(&talk->ends[1], talk->out);
        if (talk->ends[2].fd >= 0 && talk->ends[2].revents)
            talk_receive(&talk->ends[2], &talk->messages);
    }
    return true;
}

/* gnuplot ends its message with the line that says what is wrong. */
static struct str last_line(struct str text)
{
    struct str last = STR("no message");
    while (text.ptr) {
        struct str line = str_trim(str_cut(&text, '\n'));
        if (line.len)
            last = line;
    }
    return last;
}

static enum gr_status judge(const char *program, bool in_time, int wait_status,
                            const struct talk *talk, struct gr_err *err)
{
    struct str message = last_line(strbuf_str(&talk->messages));
    if (!in_time)
        return gr_fail(err, GR_ERENDER, "%s took longer than %d s", program, LIMIT_SECONDS);
    if (WIFSIGNALED(wait_status))
        return gr_fail(err, GR_ERENDER, "%s was ended by signal %d", program,
                       WTERMSIG(wait_status));
    if (WEXITSTATUS(wait_status) == CHILD_EXEC_FAILED)
        return gr_fail(err, GR_ERENDER, "%s could not be started", program);
    if (WEXITSTATUS(wait_status))
        return gr_fail(err, GR_ERENDER, "%s failed (exit %d): %.*s", program,
                       WEXITSTATUS(wait_status), STR_ARG(message));
    if (talk->out->overflowed)
        return gr_fail(err, GR_ERENDER, "%s wrote more than %zu bytes", program,
                       talk->out->ceiling);
    return GR_OK;
}

/* input: a socket pair, so that writing to a child that is gone raises no signal. */
static bool channels_open(int input[2], int output[2], int errors[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input))
        return false;
    if (pipe2(output, O_CLOEXEC) == 0) {
        if (pipe2(errors, O_CLOEXEC) == 0)
            return true;
        close(output[0]);
        close(output[1]);
    }
    close(input[0]);
    close(input[1]);
    return false;
}

enum gr_status chart_gnuplot_run(const char *program, struct str script, struct strbuf *out,
                                 struct gr_err *err)
{
    int input[2], output[2], errors[2];
    if (!channels_open(input, output, errors))
        return gr_fail(err, GR_ESTORE, "no pipe to gnuplot: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0)
        child_run(program, input[1], output[1], errors[1]);
    int fork_error = errno;
    close(input[1]);
    close(output[1]);
    close(errors[1]);
    struct talk talk = {
        .ends = {{input[0], POLLOUT, 0}, {output[0], POLLIN, 0}, {errors[0], POLLIN, 0}},
        .script = script,
        .out = out,
    };
    strbuf_init(&talk.messages, 1 << 16);
    enum gr_status status;
    if (child < 0) {
        status = gr_fail(err, GR_ESTORE, "can't start gnuplot: %s", strerror(fork_error));
    } else {
        bool in_time = talk_run(&talk);
        if (!in_time)
            kill(child, SIGKILL);
        int wait_status = 0;
        while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR)
            continue;
        status = judge(program, in_time, wait_status, &talk, err);
    }
    for (size_t i = 0; i < 3; i++)
        end_close(&talk.ends[i]);
    strbuf_deinit(&talk.messages);
    return status;
}
