/* Runs one command as a cold process and writes what it cost. Called by measure.py for every timed
 * run, ours and the peers' alike; it knows nothing of either.
 *
 *     launch [--cpus LIST] [--first-byte | --sample] --report FILE --output FILE COMMAND [ARG...]
 *
 * --cpus 0,1     the command may run on these processors only
 * --first-byte   its output comes through a pipe, and the time of the first byte is taken
 * --sample       its anonymous memory is looked at every two milliseconds
 * The report is one line: seconds, seconds to the first byte, user seconds, system seconds, peak
 * resident KB, peak anonymous KB (0 where not asked for). The exit code is the command's.
 *
 * In C because a child's peak memory starts at the size of whoever forked it, and because a
 * program that answers in 3 ms cannot be timed through an interpreter.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct request {
    const char *report, *output;
    cpu_set_t cpus; /* empty: any */
    bool first_byte, sample;
    char **command;
};

struct cost {
    double seconds, first_byte;
    long anonymous_kb;
    struct rusage usage;
    int status;
};

static void die(const char *what)
{
    fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
    exit(126);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_cpus(const char *list, cpu_set_t *cpus)
{
    for (const char *at = list; *at;) {
        char *end;
        long cpu = strtol(at, &end, 10);
        if (end == at || cpu < 0 || cpu >= CPU_SETSIZE || (*end && *end != ',')) {
            fprintf(stderr, "launch: --cpus takes numbers with commas, not \"%s\"\n", list);
            exit(2);
        }
        CPU_SET((size_t)cpu, cpus);
        at = *end ? end + 1 : end;
    }
}

static struct request read_arguments(int count, char **words)
{
    static const struct option options[] = {
        {"cpus",       required_argument, NULL, 'c'},
        {"first-byte", no_argument,       NULL, 'f'},
        {"sample",     no_argument,       NULL, 's'},
        {"report",     required_argument, NULL, 'r'},
        {"output",     required_argument, NULL, 'o'},
        {NULL,         0,                 NULL, 0  },
    };
    struct request request = {0};
    int option;
    /* "+": what follows the command is the command's own */
    while ((option = getopt_long(count, words, "+", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            read_cpus(optarg, &request.cpus);
            break;
        case 'f':
            request.first_byte = true;
            break;
        case 's':
            request.sample = true;
            break;
        case 'r':
            request.report = optarg;
            break;
        case 'o':
            request.output = optarg;
            break;
        default:
            exit(2);
        }
    }
    request.command = words + optind;
    if (!request.report || !request.output || optind == count ||
        (request.first_byte && request.sample)) {
        fprintf(stderr, "launch: --report, --output and a command are needed, and of --first-byte "
                        "and --sample at most one\n");
        exit(2);
    }
    return request;
}

/* In the child; does not return. */
static void become(const struct request *request, int output)
{
    if (CPU_COUNT(&request->cpus) &&
        sched_setaffinity(0, sizeof request->cpus, &request->cpus) != 0)
        die("sched_setaffinity");
    if (dup2(output, STDOUT_FILENO) < 0)
        die("dup2");
    execvp(request->command[0], request->command);
    die(request->command[0]);
}

/* Copies the pipe to the output until its end; returns the moment of the first byte. */
static double drain(int pipe, int output, double begun)
{
    static char block[65536];
    double first = 0;
    ssize_t got;
    while ((got = read(pipe, block, sizeof block)) > 0) {
        if (first == 0)
            first = now() - begun;
        if (write(output, block, (size_t)got) != got)
            die("write");
    }
    return first;
}

static long anonymous_kb(pid_t child)
{
    char path[64], line[256];
    long found = 0;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)child);
    FILE *status = fopen(path, "r");
    if (!status)
        return 0;
    while (!found && fgets(line, sizeof line, status))
        if (strncmp(line, "RssAnon:", 8) == 0)
            found = strtol(line + 8, NULL, 10);
    fclose(status);
    return found;
}

static void await(pid_t child, bool sample, struct cost *cost)
{
    pid_t ended;
    while ((ended = wait4(child, &cost->status, sample ? WNOHANG : 0, &cost->usage)) == 0) {
        long seen = anonymous_kb(child);
        cost->anonymous_kb = seen > cost->anonymous_kb ? seen : cost->anonymous_kb;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    if (ended < 0)
        die("wait4");
}

static struct cost run(const struct request *request)
{
    struct cost cost = {0};
    int ends[2] = {-1, -1};
    int output = open(request->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (output < 0)
        die(request->output);
    if (request->first_byte && pipe2(ends, O_CLOEXEC) != 0)
        die("pipe");
    double begun = now();
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0)
        become(request, request->first_byte ? ends[1] : output);
    if (request->first_byte) {
        close(ends[1]);
        cost.first_byte = drain(ends[0], output, begun);
    }
    await(child, request->sample, &cost);
    cost.seconds = now() - begun;
    return cost;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int count, char **words)
{
    struct request request = read_arguments(count, words);
    struct cost cost = run(&request);
    FILE *report = fopen(request.report, "w");
    if (!report)
        die(request.report);
    fprintf(report, "%.6f %.6f %.6f %.6f %ld %ld\n", cost.seconds, cost.first_byte,
            seconds_of(cost.usage.ru_utime), seconds_of(cost.usage.ru_stime), cost.usage.ru_maxrss,
            cost.anonymous_kb);
    if (fclose(report) != 0)
        die(request.report);
    return WIFEXITED(cost.status) ? WEXITSTATUS(cost.status) : 128 + WTERMSIG(cost.status);
}
