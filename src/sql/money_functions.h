/* Money in SQL: decimal text with functions of ours, named after SQLite's decimal extension.
 *
 * - money_add(a,b), money_sub(a,b), money_mul(a,b): exact
 * - money_ratio(a,b): a/b as REAL, NULL when b is 0; for shares and charts
 * - money_div(a,b,decimals): half-even at so many decimals, NULL when b is 0
 * - money_round(x,currency): to the currency's minor unit, half-even
 * - money_sum(x): aggregate and window function; NULLs are left out
 * - money_sign(x): -1, 0, 1
 * - COLLATE MONEY: order and comparison by value
 *
 * NULL in, NULL out. Text that is not a decimal is an error, never 0.
 */
#ifndef GR_SQL_MONEY_FUNCTIONS_H
#define GR_SQL_MONEY_FUNCTIONS_H

#include <sqlite3.h>

/* Registers all on the connection; an SQLite result code. */
int money_functions_register(sqlite3 *database);

#endif
