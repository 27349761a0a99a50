/* What the cost rows of a file lack although nothing is wrong with a single one: their cost, tags
 * that can be read. Counted a batch at a time, said once a file.
 *
 * Called by load.c. A row without BilledCost is stored and adds nothing to a sum, and one whose
 * Tags are no object is untagged: both look like good rows in every figure.
 */
#include "base/tags.h"
#include "load/load_internal.h"

enum { TAGS_WHOLE, TAGS_BROKEN };

/* An empty list, or a pair of quotes, is a way to say that there are no tags. */
static uint32_t judge_tags(void *context, struct str text)
{
    (void)context;
    struct arena arena = ARENA_EMPTY;
    struct str trimmed = str_trim(text);
    bool nothing = !trimmed.len || str_is(trimmed, "\"\"") || str_is(trimmed, "[]");
    uint32_t found = nothing || tags_are_whole(&arena, trimmed) ? TAGS_WHOLE : TAGS_BROKEN;
    arena_deinit(&arena);
    return found;
}

void load_notes_begin(struct load_notes *notes)
{
    notes->rows = notes->without_cost = notes->broken_tags = 0;
}

void load_notes_close(struct load_notes *notes)
{
    if (notes->opened)
        code_memo_deinit(&notes->tags);
    notes->opened = false;
}

static void count_tags(struct load_notes *notes, const struct batch *batch)
{
    const struct batch_column *tags = &batch->columns[COST_Tags];
    if (!tags->codes)
        return;
    if (!notes->opened)
        code_memo_init(&notes->tags, tags->texts, NULL, judge_tags, NULL);
    notes->opened = true;
    for (uint32_t row = 0; row < batch->rows; row++)
        notes->broken_tags += code_memo_value(&notes->tags, tags->codes[row]) == TAGS_BROKEN;
}

/* To the file, and to the part of it that each delivery has. */
static void count_without_cost(struct load *load, const struct batch *batch)
{
    const uint8_t *scales = batch->columns[COST_BilledCost].scales;
    for (uint32_t row = 0; row < batch->rows; row++) {
        if (scales && scales[row] != DECIMAL_CELL_NULL)
            continue;
        struct load_delivery *out = &load->pendings[load->pending_of_row[row]].out;
        out->without_cost[out->file_count - 1]++;
        load->notes.without_cost++;
    }
}

void load_notes_take(struct load *load, const struct batch *batch)
{
    if (batch->dataset != DATASET_COST)
        return;
    load->notes.rows += batch->rows;
    count_without_cost(load, batch);
    count_tags(&load->notes, batch);
}

static struct str cost_sentence(const struct load *load)
{
    const struct load_notes *notes = &load->notes;
    bool unpriced =
        notes->without_cost == notes->rows && str_is(str_from(load->facts.format), "focus");
    return arena_printf(
        load->arena, "%.*s: %llu of %llu rows have no BilledCost and count as 0%s",
        STR_ARG(load->path), (unsigned long long)notes->without_cost,
        (unsigned long long)notes->rows,
        unpriced ? " (usage without prices? --mapping coreweave --rate-card FILE prices it)" : "");
}

/* A mapping tells of unpriced rows itself, by a better name. */
void load_notes_say(const struct load *load)
{
    const struct load_notes *notes = &load->notes;
    if (notes->without_cost && !str_is(str_from(load->facts.version), "mapping"))
        load_remark(load, cost_sentence(load));
    if (notes->broken_tags)
        load_remark(load, arena_printf(load->arena,
                                       "%.*s: %llu row%s Tags that are no JSON object; what can't "
                                       "be read of them counts as untagged",
                                       STR_ARG(load->path), (unsigned long long)notes->broken_tags,
                                       notes->broken_tags == 1 ? " has" : "s have"));
}
