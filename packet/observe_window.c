/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields are counted in ranges that begin as single values. Where there are too many, the two
 * neighbours go together that lose least by it: light ones, alike and close.
 */
#include "packet/observe_window.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/conn.h"
#include "base/detmath.h"
#include "base/mem.h"
#include "packet/tcp_options.h"

enum {
	LIMIT_SEEN = 512, /* profiles; later ones are not looked at */
	N_CELLS = 64,
	LEAST_SEGMENTS = 32, /* for a profile to be kept */
	SCALE_LIMIT = 14,
};

struct cell {
	uint16_t low, high;
	uint32_t n;
};

struct class_cells {
	struct cell cells[N_CELLS + 1]; /* ascending, apart */
	uint32_t n_cells;
	uint32_t n_new, n_moved; /* segments after new data within the class; with another field */
};

struct window_cells {
	struct window_key key;
	uint32_t n, n_resets, n_carrying; /* segments; RSTs; RSTs with a window */
	struct class_cells classes[WINDOW_N_CLASSES];
};

struct window_observer {
	struct window_cells *seen[LIMIT_SEEN];
	size_t n_seen;
	bool no_memory;
};

int window_observer_new(struct window_observer **ret_observer, struct err *err)
{
	struct window_observer *observer = calloc(1, sizeof(*observer));

	if (observer == NULL)
		return err_no_memory(err);
	*ret_observer = observer;
	return 0;
}

void window_observer_freep(struct window_observer **observer)
{
	if (*observer == NULL)
		return;
	for (size_t i = 0; i < (*observer)->n_seen; i++)
		free((*observer)->seen[i]);
	free(*observer);
	*observer = NULL;
}

/* Of two neighbours: by how much less likely one even range would make their segments (log). */
static double merge_cost(const struct cell *c)
{
	const double n = (double)c[0].n + (double)c[1].n;
	const double density = n / (double)(c[1].high - c[0].low + 1);
	double cost = 0;

	for (int k = 0; k < 2; k++) {
		double own = (double)c[k].n / (double)(c[k].high - c[k].low + 1);

		cost += (double)c[k].n * det_log(own / density);
	}
	return cost;
}

static void merge_one(struct cell *cells, uint32_t *n_cells)
{
	double least = merge_cost(cells);
	uint32_t best = 0;

	for (uint32_t i = 1; i + 1 < *n_cells; i++) {
		double cost = merge_cost(&cells[i]);

		if (cost < least) {
			least = cost;
			best = i;
		}
	}
	cells[best].high = cells[best + 1].high;
	cells[best].n += cells[best + 1].n;
	memmove(&cells[best + 1], &cells[best + 2], (*n_cells - best - 2) * sizeof(*cells));
	--*n_cells;
}

static void count_field(struct class_cells *c, uint16_t field)
{
	uint32_t low = 0, high = c->n_cells;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (c->cells[mid].high < field)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < c->n_cells && c->cells[low].low <= field) {
		c->cells[low].n += c->cells[low].n < UINT32_MAX;
		return;
	}
	memmove(&c->cells[low + 1], &c->cells[low], (c->n_cells - low) * sizeof(c->cells[0]));
	c->cells[low] = (struct cell) { field, field, 1 };
	if (++c->n_cells > N_CELLS)
		merge_one(c->cells, &c->n_cells);
}

static struct window_cells *cells_of(struct window_observer *observer, const struct window_key *key)
{
	struct window_cells *cells;

	for (size_t i = 0; i < observer->n_seen; i++)
		if (window_key_compare(&observer->seen[i]->key, key) == 0)
			return observer->seen[i];
	if (observer->n_seen == LIMIT_SEEN)
		return NULL;
	cells = calloc(1, sizeof(*cells));
	if (cells == NULL) {
		observer->no_memory = true;
		return NULL;
	}
	cells->key = *key;
	return observer->seen[observer->n_seen++] = cells;
}

/* What is in force is known when both SYNs were seen, or neither was. */
static struct window_cells *profile_of(struct window_observer *observer, struct window_sight *sight,
				       uint8_t d)
{
	struct window_key key = { d == 1, sight->side[d].syn, -1 };
	int8_t own = sight->side[d].scale, other = sight->side[1 - d].scale;

	if (sight->side[d].cells != NULL || sight->side[d].refused)
		return sight->side[d].cells;
	if (sight->side[d].has_syn != sight->side[1 - d].has_syn)
		return NULL;
	if (sight->side[d].has_syn && own >= 0 && other >= 0)
		key.scale = own < SCALE_LIMIT ? own : SCALE_LIMIT;
	sight->side[d].cells = cells_of(observer, &key);
	sight->side[d].refused = sight->side[d].cells == NULL;
	return sight->side[d].cells;
}

static void count_segment(struct window_cells *cells, struct window_sight *sight, uint8_t d,
			  uint16_t field)
{
	uint64_t heard = sight->side[1 - d].sent;
	uint32_t i_class = window_class_of(heard);
	struct class_cells *c = &cells->classes[i_class];

	cells->n += cells->n < UINT32_MAX;
	count_field(c, field);
	if (sight->side[d].last == 0 || heard == sight->side[d].heard ||
	    window_class_of(sight->side[d].heard) != i_class || c->n_new == UINT32_MAX)
		return;
	c->n_new++;
	c->n_moved += field != sight->side[d].last;
}

void window_observer_packet(struct window_observer *observer, struct window_sight *sight,
			    const struct packet_view *view, bool backward)
{
	uint8_t d = backward ? 1 : 0;
	struct window_cells *cells;

	if (view->proto != IPPROTO_TCP || view->fragment_offset > 0)
		return;
	if ((view->tcp_flags & TCP_SYN) != 0) {
		if (!sight->side[d].has_syn && !sight->side[d].spoke) {
			sight->side[d].has_syn = true;
			sight->side[d].syn = view->window;
			sight->side[d].scale =
				tcp_options_read(view->tcp_options, view->n_tcp_options)
					.window_scale;
		}
	} else if ((cells = profile_of(observer, sight, d)) == NULL) {
		/* not to be learned from */
	} else if ((view->tcp_flags & TCP_RST) != 0) {
		if (sight->side[d].spoke && cells->n_resets < UINT32_MAX) {
			cells->n_resets++;
			cells->n_carrying += view->window != 0;
		}
	} else if (view->window != 0) { /* closed windows come of events that are not modelled */
		count_segment(cells, sight, d, view->window);
		sight->side[d].last = view->window;
		sight->side[d].heard = sight->side[1 - d].sent;
	}
	sight->side[d].spoke = true;
	sight->side[d].sent += view->payload_bytes;
}

static uint16_t per_mille(uint64_t part, uint64_t whole)
{
	return (uint16_t)(whole == 0 ? 0 : part * WINDOW_WEIGHT / whole);
}

/* moves: draws, of which those that come back to the same value do not show. */
static void settle_class(const struct class_cells *seen, struct window_class *ret)
{
	struct cell cells[N_CELLS + 1];
	uint64_t total = 0, same = 0, moved, shown;
	uint32_t n = seen->n_cells;

	memcpy(cells, seen->cells, sizeof(cells));
	while (n > WINDOW_LIMIT_RANGES)
		merge_one(cells, &n);
	for (uint32_t i = 0; i < n; i++)
		total += cells[i].n;
	ret->n_ranges = (uint16_t)n;
	for (uint32_t i = 0; i < n; i++) {
		uint16_t weight = per_mille(cells[i].n, total);

		weight = weight > 0 ? weight : 1;
		ret->ranges[i] = (struct window_range) { cells[i].low, cells[i].high, weight };
		ret->total += weight;
		if (cells[i].low == cells[i].high)
			same += (uint64_t)weight * weight;
	}
	same = same < WINDOW_WEIGHT * WINDOW_WEIGHT ? same : WINDOW_WEIGHT * WINDOW_WEIGHT;
	shown = WINDOW_WEIGHT - same / WINDOW_WEIGHT;
	moved = per_mille(seen->n_moved, seen->n_new);
	ret->moves = moved < shown ? per_mille(moved, shown) : moved > 0 ? WINDOW_WEIGHT : 0;
}

/* The most used first; keys differ. */
static int by_use(const void *a, const void *b)
{
	const struct window_cells *x = *(const struct window_cells *const *)a;
	const struct window_cells *y = *(const struct window_cells *const *)b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return window_key_compare(&x->key, &y->key);
}

static int by_key(const void *a, const void *b)
{
	return window_key_compare(&((const struct window_profile *)a)->key,
				  &((const struct window_profile *)b)->key);
}

int window_observer_result(const struct window_observer *observer, struct window_set *ret_set,
			   struct err *err)
{
	CLEANUP(freep)
	const struct window_cells **sorted = mem_array(observer->n_seen, sizeof(*sorted));
	struct window_set set = { mem_array(WINDOW_LIMIT_PROFILES, sizeof(*set.profiles)), 0 };

	if (sorted == NULL || set.profiles == NULL || observer->no_memory) {
		window_set_done(&set);
		return err_no_memory(err);
	}
	for (size_t i = 0; i < observer->n_seen; i++)
		sorted[i] = observer->seen[i];
	qsort(sorted, observer->n_seen, sizeof(*sorted), by_use);
	for (size_t i = 0; i < observer->n_seen && set.n < WINDOW_LIMIT_PROFILES; i++) {
		struct window_profile *p = &set.profiles[set.n];

		if (sorted[i]->n < LEAST_SEGMENTS)
			break;
		p->key = sorted[i]->key;
		p->resets = per_mille(sorted[i]->n_carrying, sorted[i]->n_resets);
		for (int c = 0; c < WINDOW_N_CLASSES; c++)
			settle_class(&sorted[i]->classes[c], &p->classes[c]);
		set.n++;
	}
	qsort(set.profiles, set.n, sizeof(*set.profiles), by_key);
	*ret_set = set;
	return 0;
}
