/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made tables: rows at random, among them a planted chronicle. Columns: 0 kind, 1 source, 2
 * destination (one dictionary), 3 size, 4 state. Kind 1 ("name") is followed in 80 % of cases by
 * kind 2 or 3 ("page") from the same source within 10 ticks; the others are alone.
 */
#ifndef SOSIE_TESTS_MODELS_CHRONICLE_MADE_H
#define SOSIE_TESTS_MODELS_CHRONICLE_MADE_H

#include "base/rng.h"
#include "models/chronicle.h"

enum { MADE_COLUMNS = 5, MADE_LIMIT = 4000, MADE_HOSTS = 12 };

struct made {
	uint16_t codes[MADE_COLUMNS][MADE_LIMIT];
	int64_t ticks[MADE_LIMIT];
	struct chronicle_table table;
	uint32_t n_names, n_pages; /* planted */
};

static inline void made_row(struct made *made, struct rng *rng, int64_t tick, uint16_t kind,
			    uint16_t source)
{
	size_t n = made->table.n_rows++, i = n;

	/* Kept in order of time: a page may come after what begins later. */
	for (; i > 0 && made->ticks[i - 1] > tick; i--) {
		made->ticks[i] = made->ticks[i - 1];
		for (uint32_t c = 0; c < MADE_COLUMNS; c++)
			made->codes[c][i] = made->codes[c][i - 1];
	}
	made->ticks[i] = tick;
	made->codes[0][i] = kind;
	made->codes[1][i] = source;
	made->codes[2][i] = (uint16_t)(MADE_HOSTS + (kind == 1 ? 0 : rng_below(rng, 6)));
	made->codes[3][i] = (uint16_t)(kind * 3 + rng_below(rng, 3));
	made->codes[4][i] = (uint16_t)(kind > 3 ? rng_below(rng, 3) : 0);
}

static inline void made_fill(struct made *made, uint32_t n_starts, uint64_t seed)
{
	struct rng rng;
	int64_t tick = 1000;

	rng_init(&rng, seed, 0, 0, RNG_TEST);
	*made = (struct made) { .n_names = 0 };
	for (uint32_t i = 0; i < n_starts; i++) {
		uint16_t source = (uint16_t)rng_below(&rng, MADE_HOSTS);
		uint16_t kind = (uint16_t)(rng_below(&rng, 5) < 2 ? 1 : 4 + rng_below(&rng, 3));

		tick += 1 + rng_below(&rng, 200);
		made_row(made, &rng, tick, kind, source);
		made->n_names += kind == 1;
		if (kind == 1 && rng_below(&rng, 5) < 4) {
			made_row(made, &rng, tick + 1 + rng_below(&rng, 10),
				 (uint16_t)(2 + rng_below(&rng, 2)), source);
			made->n_pages++;
		}
	}
	made->table.n_columns = MADE_COLUMNS;
	made->table.ticks = made->ticks;
	for (uint32_t c = 0; c < MADE_COLUMNS; c++) {
		made->table.columns[c] = made->codes[c];
		made->table.n_codes[c] = 24;
	}
	made->table.dictionary[1] = made->table.dictionary[2] = 1;
}

/* Rows exchanged among the instants. */
static inline void made_shuffle(struct made *made, uint64_t seed)
{
	struct rng rng;

	rng_init(&rng, seed, 1, 0, RNG_TEST);
	for (uint32_t i = (uint32_t)made->table.n_rows - 1; i > 0; i--) {
		uint32_t j = rng_below(&rng, i + 1);

		for (uint32_t c = 0; c < MADE_COLUMNS; c++) {
			uint16_t code = made->codes[c][i];

			made->codes[c][i] = made->codes[c][j];
			made->codes[c][j] = code;
		}
	}
}

#endif
