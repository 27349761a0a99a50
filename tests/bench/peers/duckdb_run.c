/* DuckDB without a host language around it: a cold process pays for DuckDB alone, not for node.
 *
 *     duckdb_run DATABASE|- THREADS read|write SQL...
 *
 * Runs the statements in turn ("-": in memory); what they should print they COPY to /dev/stdout.
 * Linked by scripts/bench to the library that the npm package brings; that package has no header,
 * so what is used of DuckDB's C interface is declared here.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    uint64_t column_count, row_count, rows_changed;
    void *columns;
    char *error;
    void *internal;
} duckdb_result;

int duckdb_create_config(void **config);
int duckdb_set_config(void *config, const char *name, const char *value);
int duckdb_open_ext(const char *path, void **database, void *config, char **error);
int duckdb_connect(void *database, void **connection);
int duckdb_query(void *connection, const char *sql, duckdb_result *result);
const char *duckdb_result_error(duckdb_result *result);
void duckdb_destroy_result(duckdb_result *result);
void duckdb_disconnect(void **connection);
void duckdb_close(void **database);

int main(int count, char **words)
{
    void *config, *database, *connection;
    char *error = NULL;
    if (count < 5) {
        fprintf(stderr, "usage: duckdb_run DATABASE|- THREADS read|write SQL...\n");
        return 2;
    }
    const char *path = strcmp(words[1], "-") == 0 ? NULL : words[1];
    if (duckdb_create_config(&config) || duckdb_set_config(config, "threads", words[2]) ||
        (strcmp(words[3], "read") == 0 && duckdb_set_config(config, "access_mode", "READ_ONLY")) ||
        duckdb_open_ext(path, &database, config, &error) || duckdb_connect(database, &connection)) {
        fprintf(stderr, "duckdb_run: %s: %s\n", words[1], error ? error : "cannot open");
        return 1;
    }
    for (int i = 4; i < count; i++) {
        duckdb_result result = {0};
        if (duckdb_query(connection, words[i], &result)) {
            fprintf(stderr, "duckdb_run: %s\n%s\n", duckdb_result_error(&result), words[i]);
            return 1;
        }
        duckdb_destroy_result(&result);
    }
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    return 0;
}
