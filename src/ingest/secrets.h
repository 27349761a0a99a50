/* Names of things that must never reach the store: passwords, keys, tokens, webhooks (contract:
 * Secrets). Private to ingest. */
#ifndef GR_INGEST_SECRETS_H
#define GR_INGEST_SECRETS_H

#include "base/str.h"

/* A member of a JSON record. Wide net: whatever holds "key", "secret", "password", "webhook", ...
 * Not api_key_id, which only names a key. A name with "token" counts only when its value is not a
 * number (input_tokens is a count): see secret_token_name(). */
bool secret_member_name(struct str name);
/* Holds "token" and might be one. */
bool secret_token_name(struct str name);
/* A tag key or a column of a bill, where "key" alone is an ordinary word: api_key, ssh-key,
 * password. */
bool secret_tag_name(struct str name);
/* For text that could not be parsed: might a secret be in it? */
bool secret_in_text(struct str text);

#endif
