/* GPU utilisation and idle cost. See idle.h for the rules. */
#include "analysis/idle.h"

#include <math.h>

#include "analysis/stats.h"

static const int64_t MS_PER_HOUR = INT64_C(3600000);

enum state { STATE_BUSY, STATE_IDLE_HELD, STATE_IDLE_FREE, STATE_UNKNOWN };

/* What one GPU's pass carries along. */
struct pass {
    const struct idle_gpu *gpu;
    const struct idle_options *options;
    struct idle_usage *usage;
    double utilisation_ms; /* sum of utilisation x milliseconds */
    double weighted;       /* sum of utilisation x milliseconds x rate */
    double weight;
    bool in_run;
    struct idle_run run;
    struct idle_run *runs; /* where the next finished run goes */
    size_t run_count;
};

enum gr_status idle_hours(int64_t ms, struct decimal *out, struct gr_err *err)
{
    return decimal_div(decimal_from_int(ms), decimal_from_int(MS_PER_HOUR), IDLE_COST_SCALE, out,
                       err);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static enum gr_status check_order(const struct idle_gpu *gpu, size_t number, struct gr_err *err)
{
    for (size_t i = 1; i < gpu->sample_count; i++)
        if (gpu->samples[i].moment_ms < gpu->samples[i - 1].moment_ms)
            return gr_fail(err, GR_EDATA, "GPU %zu: sample %zu is older than the one before it",
                           number + 1, i + 1);
    for (size_t i = 1; i < gpu->rate_count; i++)
        if (gpu->rates[i].from_ms <= gpu->rates[i - 1].from_ms)
            return gr_fail(err, GR_EDATA,
                           "GPU %zu: rate %zu does not begin after the one before it", number + 1,
                           i + 1);
    return GR_OK;
}

/* The median distance of two samples; a GPU with one sample holds it for one hour at most. */
static int64_t nominal_step(struct arena *arena, const struct idle_gpu *gpu,
                            const struct idle_options *options)
{
    if (options->nominal_step_ms > 0)
        return options->nominal_step_ms;
    double *steps = arena_alloc(arena, (gpu->sample_count + 1) * sizeof *steps);
    size_t n = 0;
    for (size_t i = 1; i < gpu->sample_count; i++)
        if (gpu->samples[i].moment_ms > gpu->samples[i - 1].moment_ms)
            steps[n++] = (double)(gpu->samples[i].moment_ms - gpu->samples[i - 1].moment_ms);
    return n > 0 ? (int64_t)stats_median(steps, n) : MS_PER_HOUR;
}

static enum state state_of(const struct idle_sample *sample, const struct idle_options *options)
{
    if (!isfinite(sample->utilisation))
        return STATE_UNKNOWN;
    if (sample->utilisation >= options->threshold_percent)
        return STATE_BUSY;
    return sample->memory_used_mib > options->memory_held_mib ? STATE_IDLE_HELD : STATE_IDLE_FREE;
}

/* Rate in force at a moment and until when; NULL where there is none. */
static const struct idle_rate *rate_at(const struct idle_gpu *gpu, int64_t at, int64_t *until)
{
    const struct idle_rate *found = NULL;
    *until = INT64_MAX;
    for (size_t i = 0; i < gpu->rate_count; i++) {
        if (gpu->rates[i].from_ms > at) {
            *until = gpu->rates[i].from_ms;
            break;
        }
        found = &gpu->rates[i];
    }
    return found;
}

/* ---- runs ---- */

static enum gr_status price_run(struct pass *pass, struct gr_err *err)
{
    struct idle_run *run = &pass->run;
    run->has_cost = true;
    for (int64_t at = run->from_ms, until; at < run->to_ms; at = until) {
        const struct idle_rate *rate = rate_at(pass->gpu, at, &until);
        until = smaller(until, run->to_ms);
        if (!rate) {
            run->has_cost = false;
            pass->usage->idle_unpriced_ms += until - at;
            continue;
        }
        struct decimal cost;
        GR_TRY(decimal_mul(rate->per_hour, decimal_from_int(until - at), &cost, err));
        GR_TRY(decimal_div(cost, decimal_from_int(MS_PER_HOUR), IDLE_COST_SCALE, &cost, err));
        GR_TRY(decimal_add(run->cost, cost, &run->cost, err));
    }
    return decimal_add(pass->usage->idle_cost, run->cost, &pass->usage->idle_cost, err);
}

static enum gr_status end_run(struct pass *pass, struct gr_err *err)
{
    if (!pass->in_run)
        return GR_OK;
    pass->in_run = false;
    int64_t lasted = pass->run.to_ms - pass->run.from_ms;
    if (lasted < pass->options->min_idle_ms || lasted <= 0)
        return GR_OK;
    GR_TRY(price_run(pass, err));
    pass->usage->idle_ms += lasted;
    pass->usage->idle_runs++;
    pass->runs[pass->run_count++] = pass->run;
    return GR_OK;
}

static enum gr_status follow_run(struct pass *pass, size_t gpu, bool idle, int64_t from, int64_t to,
                                 struct gr_err *err)
{
    if (pass->in_run && (!idle || pass->run.to_ms != from))
        GR_TRY(end_run(pass, err));
    if (idle && !pass->in_run) {
        pass->in_run = true;
        pass->run = (struct idle_run){.gpu = gpu, .from_ms = from};
    }
    if (idle)
        pass->run.to_ms = to;
    return GR_OK;
}

/* ---- one stretch of one sample ---- */

static void weigh(struct pass *pass, double utilisation, int64_t from, int64_t to)
{
    for (int64_t at = from, until; at < to; at = until) {
        const struct idle_rate *rate = rate_at(pass->gpu, at, &until);
        until = smaller(until, to);
        if (!rate)
            continue;
        double weight = (double)(until - at) * decimal_to_double(rate->per_hour);
        pass->weighted += utilisation * weight;
        pass->weight += weight;
    }
}

static void count_time(struct pass *pass, const struct idle_sample *sample, enum state state,
                       int64_t from, int64_t to)
{
    int64_t ms = to - from;
    int64_t *counters[] = {&pass->usage->busy_ms, &pass->usage->idle_held_ms,
                           &pass->usage->idle_free_ms, &pass->usage->unknown_ms};
    *counters[state] += ms;
    if (state == STATE_UNKNOWN)
        return;
    pass->utilisation_ms += sample->utilisation * (double)ms;
    weigh(pass, sample->utilisation, from, to);
}

static void finish_usage(struct pass *pass)
{
    struct idle_usage *usage = pass->usage;
    double known = (double)(usage->busy_ms + usage->idle_held_ms + usage->idle_free_ms);
    usage->coverage = known / (double)usage->window_ms;
    usage->has_mean = known > 0;
    usage->mean_utilisation = known > 0 ? pass->utilisation_ms / known : 0;
    usage->has_weighted = pass->weight > 0;
    usage->rated_weight = pass->weight / (double)MS_PER_HOUR;
    usage->cost_weighted_utilisation = pass->weight > 0 ? pass->weighted / pass->weight : 0;
}

static enum gr_status run_gpu(struct pass *pass, size_t number, int64_t hold_ms, struct gr_err *err)
{
    const struct idle_gpu *gpu = pass->gpu;
    const struct idle_options *options = pass->options;
    for (size_t i = 0; i < gpu->sample_count; i++) {
        const struct idle_sample *sample = &gpu->samples[i];
        int64_t held = sample->moment_ms + hold_ms * IDLE_HOLD_STEPS;
        int64_t next =
            i + 1 < gpu->sample_count ? gpu->samples[i + 1].moment_ms : sample->moment_ms + hold_ms;
        int64_t from = larger(sample->moment_ms, options->from_ms);
        int64_t to = smaller(smaller(next, held), options->to_ms);
        if (to <= from)
            continue;
        enum state state = state_of(sample, options);
        count_time(pass, sample, state, from, to);
        bool idle = state == STATE_IDLE_HELD || state == STATE_IDLE_FREE;
        GR_TRY(follow_run(pass, number, idle, from, to, err));
    }
    return end_run(pass, err);
}

static enum gr_status add_usage(struct pass *all, const struct pass *one, struct gr_err *err)
{
    struct idle_usage *total = all->usage;
    const struct idle_usage *usage = one->usage;
    total->window_ms += usage->window_ms;
    total->busy_ms += usage->busy_ms;
    total->idle_held_ms += usage->idle_held_ms;
    total->idle_free_ms += usage->idle_free_ms;
    total->unknown_ms += usage->unknown_ms;
    total->idle_ms += usage->idle_ms;
    total->idle_runs += usage->idle_runs;
    total->idle_unpriced_ms += usage->idle_unpriced_ms;
    all->utilisation_ms += one->utilisation_ms;
    all->weighted += one->weighted;
    all->weight += one->weight;
    return decimal_add(total->idle_cost, usage->idle_cost, &total->idle_cost, err);
}

enum gr_status idle_run_all(struct arena *arena, const struct idle_gpu *gpus, size_t gpu_count,
                            const struct idle_options *options, struct idle_result *out,
                            struct gr_err *err)
{
    *out = (struct idle_result){0};
    if (options->to_ms <= options->from_ms)
        return gr_fail(err, GR_EUSAGE, "idle time: the window ends before it begins");
    size_t sample_count = 0;
    for (size_t g = 0; g < gpu_count; g++)
        sample_count += gpus[g].sample_count;
    out->gpus = arena_alloc_zeroed(arena, gpu_count + 1, sizeof *out->gpus);
    out->runs = arena_alloc(arena, (sample_count + 1) * sizeof *out->runs);
    struct pass all = {.usage = &out->total};
    for (size_t g = 0; g < gpu_count; g++) {
        GR_TRY(check_order(&gpus[g], g, err));
        struct pass one = {.gpu = &gpus[g],
                           .options = options,
                           .usage = &out->gpus[g],
                           .runs = out->runs + out->run_count};
        one.usage->window_ms = options->to_ms - options->from_ms;
        GR_TRY(run_gpu(&one, g, nominal_step(arena, &gpus[g], options), err));
        finish_usage(&one);
        out->run_count += one.run_count;
        GR_TRY(add_usage(&all, &one, err));
    }
    if (gpu_count > 0)
        finish_usage(&all);
    return GR_OK;
}
