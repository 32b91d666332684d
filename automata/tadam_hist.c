/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms of the values on an edge, and the changes that make new ones of old ones. */
#include "automata/tadam_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LIMIT_CHANGES = 1 << 28 };

static struct tadam_hist *new_hist(struct tadam *t, size_t n)
{
	struct tadam_hist *h = tadam_alloc(t, sizeof(*h) + n * sizeof(h->items[0]));

	if (h != NULL)
		*h = (struct tadam_hist) { 0 };
	return h;
}

static void append(struct tadam_hist *h, struct tadam_item item)
{
	h->weight += item.weight;
	if (h->n > 0 && h->items[h->n - 1].value == item.value)
		h->items[h->n - 1].weight += item.weight;
	else
		h->items[h->n++] = item;
}

const struct tadam_hist *tadam_hist_merge(struct tadam *t, const struct tadam_hist *a,
					  const struct tadam_hist *b)
{
	struct tadam_hist *h;
	uint32_t i = 0, k = 0;

	if (a == NULL || b == NULL)
		return a == NULL ? b : a;
	h = new_hist(t, (size_t)a->n + b->n);
	if (h == NULL)
		return a;
	while (i < a->n || k < b->n) {
		if (k == b->n || (i < a->n && a->items[i].value <= b->items[k].value))
			append(h, a->items[i++]);
		else
			append(h, b->items[k++]);
	}
	return h;
}

void tadam_change(struct tadam *t, uint32_t edge, const struct word_event *event, int32_t weight,
		  int32_t uses)
{
	struct tadam_change *change;

	if (mem_grow(&t->changes, &t->changes_capacity, t->n_changes + 1, sizeof(*t->changes),
		     LIMIT_CHANGES) < 0) {
		t->error = -ENOMEM;
		return;
	}
	change = &t->changes[t->n_changes++];
	*change = (struct tadam_change) { .edge = edge, .weight = weight, .uses = uses };
	for (uint32_t k = 0; weight != 0 && k < t->frame->n_values; k++)
		change->value[k] = event->value[k];
}

/* The order of equal keys does not matter: their weights add up. */
static int by_edge(const void *left, const void *right)
{
	const struct tadam_change *a = left, *b = right;

	if (a->edge != b->edge)
		return a->edge < b->edge ? -1 : 1;
	return (a->value[0] > b->value[0]) - (a->value[0] < b->value[0]);
}

static int by_second(const void *left, const void *right)
{
	const struct tadam_change *a = left, *b = right;

	return (a->value[1] > b->value[1]) - (a->value[1] < b->value[1]);
}

/* The histogram of component k with the changes, which are sorted by it, put in. */
static const struct tadam_hist *change_hist(struct tadam *t, const struct tadam_hist *old,
					    const struct tadam_change *changes, size_t n,
					    uint32_t k)
{
	const uint32_t n_old = old != NULL ? old->n : 0;
	struct tadam_hist *h = new_hist(t, n_old + n);
	uint32_t i = 0;
	size_t c = 0;

	if (h == NULL)
		return old;
	while (i < n_old || c < n) {
		const bool from_old =
			c == n || (i < n_old && old->items[i].value <= changes[c].value[k]);
		const int32_t value = from_old ? old->items[i].value : changes[c].value[k];
		int64_t weight = 0;

		if (i < n_old && old->items[i].value == value)
			weight += old->items[i++].weight;
		for (; c < n && changes[c].value[k] == value; c++)
			weight += changes[c].weight;
		if (weight > 0)
			append(h, (struct tadam_item) { value, (uint32_t)weight });
	}
	return h->n > 0 ? h : NULL;
}

static void bury(struct tadam *t, uint32_t state)
{
	const struct tadam_state *s = &t->states[state];

	if (state > TADAM_END && s->alive && s->first_in == TADAM_NONE &&
	    s->first_out == TADAM_NONE)
		tadam_kill_state(t, state);
}

static void change_edge(struct tadam *t, uint32_t edge, struct tadam_change *changes, size_t n)
{
	struct tadam_edge *e = &t->edges[edge];
	const uint32_t src = e->src, dst = e->dst;

	tadam_dirty_edge(t, edge);
	tadam_save(t, e, sizeof(*e));
	for (uint32_t k = 0; k < t->frame->n_values && e->symbol != t->frame->n_symbols; k++) {
		size_t n_valued = 0;

		if (k == 1)
			qsort(changes, n, sizeof(*changes), by_second);
		/* Omissions have no values: they leave the histograms alone. */
		for (size_t i = 0; i < n; i++) {
			struct tadam_change change = changes[i];

			if (change.weight == 0)
				continue;
			changes[i] = changes[n_valued];
			changes[n_valued++] = change;
		}
		e->hist[k] = change_hist(t, e->hist[k], changes, n_valued, k);
	}
	for (size_t i = 0; i < n; i++)
		e->n_uses += changes[i].uses;
	tadam_dirty_state(t, src);
	if (e->n_uses <= 0 && e->hist[0] == NULL) {
		tadam_kill_edge(t, edge);
		bury(t, src);
		bury(t, dst);
	}
}

void tadam_flush(struct tadam *t)
{
	size_t begin = 0;

	if (t->n_changes == 0)
		return;
	qsort(t->changes, t->n_changes, sizeof(*t->changes), by_edge);
	for (size_t i = 1; i <= t->n_changes; i++) {
		if (i < t->n_changes && t->changes[i].edge == t->changes[begin].edge)
			continue;
		change_edge(t, t->changes[begin].edge, t->changes + begin, i - begin);
		begin = i;
	}
	t->n_changes = 0;
}
