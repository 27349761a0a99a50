/* main: picks the command, reads its options, prints the one error there may be, exits with its
 * code.
 *
 * The only place besides the commands that prints, and the only one that exits.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"

static _Noreturn void out_of_memory(void)
{
    static const char text[] = "gpureport: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    file_replace_abandon_all();
    _exit(GR_ESTORE);
}

/* The store's journal undoes what is open when the process ends; only temporary outputs have to go.
 */
static void *wait_for_signal(void *set)
{
    int number = 0;
    if (sigwait(set, &number) == 0) {
        file_replace_abandon_all();
        _exit(128 + number);
    }
    return NULL;
}

static void watch_signals(void)
{
    static sigset_t set;
    pthread_t thread;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (pthread_create(&thread, NULL, wait_for_signal, &set) == 0)
        pthread_detach(thread);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is a failed write, with a message */
}

/* The first word that is no option and no option's value; 0 when there is none. */
static int command_word(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (argv[i][0] != '-')
            return i;
        i += option_takes_next(argv[i]);
    }
    return 0;
}

/* Takes the command's name out of argv; the ad-hoc report when no word is there. */
static const struct command *take_command(int *argc, char **argv, struct gr_err *err)
{
    int word = command_word(*argc, argv);
    if (!word)
        return &command_adhoc;
    const struct command *command = command_named(argv[word]);
    for (int i = 1; !command && i < word; i++) /* --by-tog team: the fault is not "team" */
        if (option_is_unknown(argv[i]))
            return &command_adhoc;
    if (!command)
        gr_fail(err, GR_EUSAGE, "no command named %s; `gpureport help` lists them", argv[word]);
    memmove(argv + word, argv + word + 1, (size_t)(*argc - word) * sizeof *argv);
    --*argc;
    return command;
}

static char **copy_words(struct arena *arena, int argc, char **argv)
{
    char **words = arena_alloc(arena, ((size_t)argc + 1) * sizeof *words);
    memcpy(words, argv, (size_t)argc * sizeof *words);
    words[argc] = NULL;
    return words;
}

static enum gr_status run(int argc, char **argv, struct arena *arena, struct gr_err *err)
{
    char **words = copy_words(arena, argc, argv); /* take_command() changes argv */
    const struct command *command = take_command(&argc, argv, err);
    if (!command)
        return err->status;
    struct options options;
    GR_TRY(options_read(arena, argc - 1, argv + 1, command->groups, &options, err));
    options.words = words;
    struct stat home;
    if (options.home && (stat(options.home, &home) != 0 || !S_ISDIR(home.st_mode)))
        return gr_fail(err, GR_EUSAGE, "--home %s: is no folder", options.home);
    if (options.version) {
        puts("gpureport " GR_VERSION);
        return GR_OK;
    }
    if (options.help) {
        struct options help = {.arguments = (const char *const[]){command->name},
                               .argument_count = command->name ? 1 : 0};
        return command_help.run(&help, arena, err);
    }
    return command->run(&options, arena, err);
}

/* What puts() and printf() of a command could not write; a reader that has gone has what it wanted.
 */
static enum gr_status finish_stdout(enum gr_status status, struct gr_err *err)
{
    bool failed = fflush(stdout) != 0 && errno != EPIPE;
    if (!failed || (status && status != GR_BREACHED))
        return status;
    return gr_fail(err, GR_ESTORE, "standard output: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    umask(077);
    gr_on_out_of_memory(out_of_memory);
    watch_signals();
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    enum gr_status status = finish_stdout(run(argc, argv, &arena, &err), &err);
    if (status && err.text[0])
        fprintf(stderr, "gpureport: %s\n", err.text);
    arena_deinit(&arena);
    file_replace_abandon_all();
    return (int)status;
}
