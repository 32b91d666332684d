/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Habits: what the payloads of a network's flows have in common beyond their protocol, for those
 * who make payloads. Counts of a few classes each, and no text: what fills long messages (encrypted
 * or compressed, text, or else how often each four of the byte values were seen), of which kind
 * the first bytes are where nobody knows the protocol, and choices that protocols leave open. One
 * automaton of a service may carry those of all its flows; what is not known is as the protocol's
 * template has it.
 */
#ifndef SOSIE_AUTOMATA_HABIT_H
#define SOSIE_AUTOMATA_HABIT_H

#include "automata/sketch.h"
#include <stdbool.h>

enum {
	HABIT_WORD = 4, /* bytes: what is loaded often has words of so many */
	HABIT_CELL_VALUES = 4,
	HABIT_CELLS = 2 + 256 / HABIT_CELL_VALUES, /* 0; so many of the others each; 255 */
	HABIT_STARTS = 8,			   /* first bytes whose kind is kept */
	HABIT_POOL = 4096, /* bytes: of filler, made when an automaton is loaded */
};

/* By direction, and each a distribution over its classes. */
enum habit {
	HABIT_FILLER, /* of a sample of long messages' bodies: enum habit_filler */
	HABIT_BYTE,   /* of filler that is neither noise nor text: cell of a byte, by its place
			 in the segment modulo HABIT_WORD */
	HABIT_START = HABIT_BYTE + HABIT_WORD, /* unknown protocols: sketch_kind of a first byte */
	HABIT_DNS_ID = HABIT_START + HABIT_STARTS, /* bits of a query's id */
	HABIT_DNS_ANSWER,			   /* multicast: query, answer */
	HABIT_NTP_POLL,				   /* log2 of s */
	HABIT_NTP_PRECISION,			   /* -log2 of s */
	HABIT_TLS_VERSION,			   /* of a record: 0 SSL 3.0 to 4 TLS 1.3 */
	HABIT_TLS_CUT,	  /* does a segment within a run begin a record: no, yes */
	HABIT_HTTP_FIELD, /* the first field after the first line: enum habit_field */
	HABIT_N,
};

enum habit_filler { HABIT_NOISE, HABIT_TEXT, HABIT_PLAIN, HABIT_N_FILLERS };

/* Fields of HTTP that makers know (RFC 9110, RFC 9111). */
enum habit_field {
	HABIT_FIELD_OTHER,
	HABIT_FIELD_SERVER,
	HABIT_FIELD_CONNECTION,
	HABIT_FIELD_ACCEPT_RANGES,
	HABIT_FIELD_CACHE_CONTROL,
	HABIT_FIELD_CONTENT_TYPE,
	HABIT_N_FIELDS
};

enum {
	HABIT_DNS_IDS = 17,
	HABIT_NTP_POLLS = 18,
	HABIT_NTP_PRECISIONS = 32,
	HABIT_TLS_VERSIONS = 5,
	HABIT_VALUES = HABIT_N_FILLERS + HABIT_WORD * HABIT_CELLS + HABIT_STARTS * SKETCH_N_KINDS +
		       HABIT_DNS_IDS + 2 + HABIT_NTP_POLLS + HABIT_NTP_PRECISIONS +
		       HABIT_TLS_VERSIONS + 2 + HABIT_N_FIELDS,
};

/* Where the values of a habit begin among HABIT_VALUES; how many it has. */
uint32_t habit_first(int habit);
uint32_t habit_classes(int habit);
/* HABIT_BYTE's class of a byte. */
uint32_t habit_cell(uint8_t byte);

/* Plain filler: random bytes become it by `byte ^ base`, after `& mask`. */
struct habit_pool {
	uint8_t base[HABIT_POOL], mask[HABIT_POOL];
};

/* A random byte for each place becomes a first byte by this. */
struct habit_start {
	uint8_t byte[HABIT_STARTS][UINT8_MAX + 1];
};

struct habit_table {
	uint32_t count[2][HABIT_VALUES]; /* by direction */
	/* Made of them by habit_table_settle(); NULL: nothing known. */
	struct habit_pool *pool[2];
	struct habit_start *start[2];
};

void habit_table_freep(struct habit_table **table);

/* One more of a value; one that the habit does not have is passed over. Counts stop at the type's
 * end. */
void habit_count(struct habit_table *table, uint8_t direction, int habit, uint32_t value);
bool habit_table_is_empty(const struct habit_table *table);
/* Makes what drawing needs. Once all is counted; -ENOMEM. */
int habit_table_settle(struct habit_table *table);

/*
 * A value with the probability of its count; -1 where nothing was seen, or table is NULL. random is
 * uniform. Budget: a few ns; at most 32 additions.
 */
int habit_draw(const struct habit_table *table, uint8_t direction, int habit, uint32_t random);

/*
 * The text form, see automata/tally.h: ( "<", "filler", 0, 12, 2, 30 ) is twelve segments of noise
 * and thirty of what is neither that nor text.
 */
int habit_table_read(const struct conf *conf, const config_setting_t *list,
		     struct habit_table *table, struct err *err); /* table is zeroed before */
void habit_table_print(const struct habit_table *table, FILE *out);

#endif
