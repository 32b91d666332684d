/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chronicle's tables as a draw reads them. A draw waits for memory, mostly: so all that an
 * occurrence of a pattern may need stands together, in the order in which it is needed, and what
 * cannot come out in two ways is settled here. Places are offsets in one array of 32-bit words.
 *
 *	pattern   struct packed_pattern, then its rows: struct packed_row, then its steps
 *	          its delays and the tables of its rows' networks; last, what follows it
 *	table     one for each length of a parent list: 64 - bits, then 2^bits slots, open
 *	          addressing by the parents' codes: a row's place from the table's start, or 0;
 *	          then the rows
 *	row       key (48 bits), cells - 1 (16 bits), total, cells ascending by running sum: where
 *	          the total is below 2^16 one word each, sum << 16 | code; else all sums, then all
 *	          codes, two to a word
 */
#ifndef SOSIE_FLOW_CHRONICLE_PACK_H
#define SOSIE_FLOW_CHRONICLE_PACK_H

#include "flow/chronicle.h"

enum {
	PACK_GUIDES = 1024, /* of an hour: where in the patterns' running sums to look */
	PACK_WORD_BYTES = 4,
	PACK_ROW_WORDS = 3,  /* of a row before its cells */
	PACK_SCAN_WORDS = 8, /* read at once, also beyond a row's cells */
	PACK_LINE_WORDS = 16,
	PACK_FOLLOW_LINES = 4, /* asked for as soon as a pattern follows, be it shorter */
	PACK_TAIL_WORDS = PACK_LINE_WORDS * PACK_FOLLOW_LINES, /* behind all, not used */
};

/* One column to be drawn. */
struct packed_step {
	uint8_t column;
	bool by_base; /* always by the base network */
	uint8_t n_parents;
	uint8_t parents[BAYES_MAX_PARENTS];
	/* Tables by how many parents they are of; [0] is a row itself. 0: there is none, the base
	 * network draws instead. */
	uint32_t tables[BAYES_MAX_PARENTS + 1];
};

/* What may follow. */
struct packed_follow {
	uint16_t pattern, n_knots;
	uint8_t n_rows; /* of that pattern; 0: a plan leaves nothing of it */
	uint8_t ends[2];
	uint8_t pad;
	uint32_t knots; /* as a row's */
};

/* What may follow from a place of a pattern. */
struct packed_place {
	uint32_t n, total; /* total: the last sum; of the pattern's weight, the rest is nothing */
	uint32_t at;	   /* n running sums, then n struct packed_follow */
};

struct packed_row {
	uint16_t codes[FLOW_N_COLUMNS]; /* settled, or BAYES_NO_CODE */
	/* Variables: of the ends, bound here or used; PATTERN_NO_VARIABLE. */
	uint8_t variables[2];
	bool uses[2];
	uint8_t n_tuple, n_rest; /* steps: of the tuple, then of the other columns */
	uint8_t pad[2];
	uint32_t n_knots;
	uint32_t knots; /* int64_t, on an even word */
	uint32_t steps;
	struct packed_place follows;
};

struct packed_pattern {
	uint32_t n_rows, n_variants, n_variables;
	uint32_t count; /* of all variants */
	uint32_t sums;	/* n_variants running sums, then n_variants * n_rows kinds, 16 bits each */
	uint32_t n_words; /* from here on to what is needed seldom */
	uint32_t rows[CHRONICLE_MAX_ROWS];
	uint32_t weight;
	struct packed_place later;
};

struct chronicle_pack {
	uint32_t *words; /* [0] is no place */
	size_t n_words, capacity;
	uint32_t *patterns; /* n_patterns places */
	int64_t *reach_ns;  /* n_patterns: how long after the start its last row may begin */
	int64_t max_reach_ns;
	uint16_t *guides; /* PATTERN_HOURS * (PACK_GUIDES + 1) */
	struct packed_step base[FLOW_N_COLUMNS];
	bool *pooled; /* by learned host: it stands for many */
};

/* From tables that are bound to a network and weighed. -ENOMEM, -E2BIG: more than 2^31 words. */
int chronicle_pack_new(const struct chronicle_flows *flows, struct chronicle_pack **ret_pack);
void chronicle_pack_free(struct chronicle_pack *pack);

/* What keys of the first n parents' codes have, of the codes of all that there may be. */
static inline uint64_t pack_key_mask(uint32_t n_parents)
{
	return UINT64_MAX << 16 * (BAYES_MAX_PARENTS - n_parents);
}

/* The slot where a key is looked for first. */
static inline uint32_t pack_slot(uint64_t key, uint32_t shift)
{
	return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> shift);
}

#endif
