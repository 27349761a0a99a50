/* Names of things that must never reach the store (see secrets.h). */
#include "ingest/secrets.h"

#include <string.h>

/* Compared without case and without '_', '-', '.', ' '. */
static const char *const always[] = {"secret",     "password",   "passwd",   "webhook",
                                     "credential", "kubeconfig", "userdata", "privatekey"};
static const char *const key_words[] = {"apikey",      "accesskey",  "sshkey",      "authkey",
                                        "masterkey",   "accountkey", "signingkey",  "encryptionkey",
                                        "accesstoken", "authtoken",  "bearertoken", "sessiontoken"};

enum { NAME_LOOKED_AT = 256 };

/* Lower case, separators removed; cut to a fixed length. */
static size_t flatten(struct str name, char out[NAME_LOOKED_AT])
{
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < NAME_LOOKED_AT; i++) {
        char c = name.ptr[i];
        if (c == '_' || c == '-' || c == '.' || c == ' ')
            continue;
        out[len++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return len;
}

static bool holds(const char *flat, size_t len, const char *word)
{
    return memmem(flat, len, word, strlen(word)) != NULL;
}

static bool holds_any(const char *flat, size_t len, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (holds(flat, len, words[i]))
            return true;
    return false;
}

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

/* The name of a key, not the key: OpenAI and Anthropic give it with usage, and spend is wanted by
 * it. */
static bool is_identifier(const char *flat, size_t len)
{
    static const char identifier[] = "apikeyid";
    return len == sizeof identifier - 1 && memcmp(flat, identifier, len) == 0;
}

bool secret_member_name(struct str name)
{
    char flat[NAME_LOOKED_AT];
    size_t len = flatten(name, flat);
    if (is_identifier(flat, len))
        return false;
    return holds(flat, len, "key") || holds_any(flat, len, always, COUNT(always)) ||
           (len >= 3 && memcmp(flat, "ssh", 3) == 0);
}

bool secret_token_name(struct str name)
{
    char flat[NAME_LOOKED_AT];
    size_t len = flatten(name, flat);
    return holds(flat, len, "token");
}

bool secret_tag_name(struct str name)
{
    char flat[NAME_LOOKED_AT];
    size_t len = flatten(name, flat);
    if (is_identifier(flat, len))
        return false;
    return holds_any(flat, len, always, COUNT(always)) ||
           holds_any(flat, len, key_words, COUNT(key_words));
}

bool secret_in_text(struct str text)
{
    for (size_t at = 0; at < text.len; at += NAME_LOOKED_AT / 2) {
        size_t left = text.len - at;
        struct str part = {text.ptr + at, left < NAME_LOOKED_AT ? left : NAME_LOOKED_AT};
        char flat[NAME_LOOKED_AT];
        size_t len = flatten(part, flat);
        if (secret_tag_name(part) || holds(flat, len, "key\"") || holds(flat, len, "token\""))
            return true;
    }
    return false;
}
