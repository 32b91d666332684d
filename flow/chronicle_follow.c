/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/dist.h"
#include "base/mem.h"
#include "base/ns.h"
#include "flow/model.h"

enum {
	/* Of what follows at once, at most this share is there by chance; of what follows later,
	 * for a client whose occurrences know nothing of each other. */
	AT_ONCE_PERCENT = 5,
	LATER_PERCENT = 25,
	FOLLOW_KNOTS = 17,
	/* Flows of a session as it is learned. Drawn ones may have FLOW_EXPAND_MAX, which is so
	 * many more that few are cut short, or what comes late in sessions would come too seldom.
	 */
	SESSION_FLOWS = 24,
};

#define LATER_NS (60 * NS_PER_S) /* at most; also what of a silence counts as time */

/* An occurrence as it was seen. */
struct seen {
	uint32_t pattern, first; /* of its flows, by index */
	uint32_t root;		 /* the occurrence that begins its session */
	uint32_t n_records;	 /* of the session, kept at the root */
	uint32_t latest;	 /* its client's last occurrence, kept at the client's first */
	uint32_t client;	 /* the client's first occurrence */
	uint32_t n_own;		 /* the client's occurrences, kept at its first */
	bool is_followed;	 /* later, by the same client */
};

struct found {
	uint32_t pattern, next;
	uint8_t place, ends[2];
	int64_t delay_ns;
};

struct work {
	const struct chronicle_flows *flows;
	const struct flow_codes *codes;
	uint32_t *of; /* of each flow: its occurrence */
	uint8_t *row; /* and its row */
	struct seen *seen;
	uint32_t *order; /* occurrences by client's address */
	size_t n, n_found;
	struct found *found;
	int64_t busy_ns, at_once_ns;
};

static void work_done(struct work *w)
{
	free(w->of);
	free(w->row);
	free(w->seen);
	free(w->order);
	free(w->found);
}

static const struct flow_record *flow_at(const struct work *w, uint32_t i)
{
	return &w->codes->table->rows[w->codes->rows[i]];
}

static int gather(struct work *w, const struct follow_windows *windows)
{
	const size_t n_flows = w->codes->n;

	for (uint32_t p = 0; p < w->flows->n_patterns; p++)
		w->n += windows[p].n;
	w->of = mem_array(n_flows, sizeof(*w->of));
	w->row = mem_array(n_flows, sizeof(*w->row));
	w->seen = mem_array(w->n, sizeof(*w->seen));
	w->order = mem_array(w->n, sizeof(*w->order));
	w->found = mem_array(w->n, sizeof(*w->found));
	if (w->of == NULL || w->row == NULL || w->seen == NULL || w->order == NULL ||
	    w->found == NULL)
		return -ENOMEM;
	w->n = 0;
	for (uint32_t p = 0; p < w->flows->n_patterns; p++) {
		const uint32_t n_rows = w->flows->patterns[p].n_rows;

		for (size_t k = 0; k < windows[p].n; k++, w->n++) {
			w->seen[w->n].pattern = p;
			w->seen[w->n].first = windows[p].windows[k * n_rows];
			for (uint32_t r = 0; r < n_rows; r++) {
				w->of[windows[p].windows[k * n_rows + r]] = (uint32_t)w->n;
				w->row[windows[p].windows[k * n_rows + r]] = (uint8_t)r;
			}
		}
	}
	for (size_t i = 1; i < n_flows; i++) {
		const int64_t gap =
			flow_at(w, (uint32_t)i)->start_ns - flow_at(w, (uint32_t)i - 1)->start_ns;

		w->busy_ns += gap < LATER_NS ? gap : LATER_NS;
	}
	w->at_once_ns = w->busy_ns / (int64_t)n_flows * AT_ONCE_PERCENT / 100;
	return 0;
}

/* qsort has no context: the address stands with the number. */
struct client {
	struct ip_addr addr;
	uint32_t i;
};

static int compare_clients(const void *a, const void *b)
{
	const struct client *x = a, *y = b;
	const int order = ip_compare(&x->addr, &y->addr);

	return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

static int find_clients(struct work *w)
{
	CLEANUP(freep) struct client *clients = mem_array(w->n, sizeof(*clients));
	uint32_t first = 0;

	if (clients == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->n; i++)
		clients[i] = (struct client) { flow_at(w, w->seen[i].first)->src, i };
	qsort(clients, w->n, sizeof(*clients), compare_clients);
	for (uint32_t k = 0; k < w->n; k++) {
		if (k == 0 || !ip_equal(&clients[k].addr, &clients[k - 1].addr))
			first = clients[k].i;
		w->seen[clients[k].i].client = first;
		w->seen[clients[k].i].latest = UINT32_MAX;
		w->seen[first].n_own++;
	}
	return 0;
}

static uint8_t whose(const struct ip_addr *addr, const struct flow_record *of)
{
	return ip_equal(addr, &of->src)	  ? FOLLOW_CLIENT
	       : ip_equal(addr, &of->dst) ? FOLLOW_SERVER
					  : FOLLOW_ANY;
}

/* Occurrence i follows that which flow `before` is of. */
static void link(struct work *w, uint32_t i, uint32_t before, uint8_t place)
{
	const struct flow_record *a = flow_at(w, before), *b = flow_at(w, w->seen[i].first);
	const struct seen *to = &w->seen[w->of[before]];

	w->seen[i].root = to->root;
	w->seen[to->root].n_records += w->flows->patterns[w->seen[i].pattern].n_rows;
	w->found[w->n_found++] = (struct found) {
		.pattern = to->pattern,
		.next = w->seen[i].pattern,
		.place = place,
		.ends = { whose(&b->src, a), whose(&b->dst, a) },
		.delay_ns = b->start_ns - a->start_ns,
	};
}

static bool has_room(const struct work *w, uint32_t i, uint32_t to)
{
	const int64_t begun_ns = flow_at(w, w->seen[w->seen[to].root].first)->start_ns;

	if (flow_at(w, w->seen[i].first)->start_ns - begun_ns > PATTERN_SESSION_NS / 3)
		return false;
	return w->seen[w->seen[to].root].n_records +
		       w->flows->patterns[w->seen[i].pattern].n_rows <=
	       SESSION_FLOWS;
}

static void follow(struct work *w, uint32_t flow)
{
	const uint32_t i = w->of[flow];
	struct seen *o = &w->seen[i], *client = &w->seen[o->client];
	const int64_t at = flow_at(w, flow)->start_ns;
	const uint32_t last = client->latest;
	int64_t later_ns = w->busy_ns / client->n_own * LATER_PERCENT / 100;

	if (later_ns > LATER_NS)
		later_ns = LATER_NS;
	client->latest = i;
	if (flow > 0 && at - flow_at(w, flow - 1)->start_ns <= w->at_once_ns &&
	    has_room(w, i, w->of[flow - 1])) {
		link(w, i, flow - 1, w->row[flow - 1]);
	} else if (last != UINT32_MAX && !w->seen[last].is_followed &&
		   at - flow_at(w, w->seen[last].first)->start_ns <= later_ns &&
		   has_room(w, i, last)) {
		w->seen[last].is_followed = true;
		link(w, i, w->seen[last].first, PATTERN_LATER);
	} else {
		o->root = i;
		o->n_records = w->flows->patterns[o->pattern].n_rows;
	}
}

static int compare_groups(const struct found *x, const struct found *y)
{
	const int64_t a[] = { x->pattern, x->place, x->next, x->ends[0], x->ends[1] };
	const int64_t b[] = { y->pattern, y->place, y->next, y->ends[0], y->ends[1] };

	for (int i = 0; i < 5; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static int compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	const int order = compare_groups(x, y);

	return order != 0 ? order : (x->delay_ns > y->delay_ns) - (x->delay_ns < y->delay_ns);
}

/* A group of n as a follower; sum: of those before it in its place. */
static int keep(const struct found *found, size_t n, uint32_t sum, struct pattern_follow *f)
{
	CLEANUP(freep) int64_t *delays = mem_array(n, sizeof(*delays));

	*f = (struct pattern_follow) { .place = found->place,
				       .ends = { found->ends[0], found->ends[1] },
				       .pattern = found->next,
				       .sum = sum + (uint32_t)n,
				       .n_knots = n < FOLLOW_KNOTS ? (uint32_t)n : FOLLOW_KNOTS };
	f->knots = mem_array(f->n_knots, sizeof(*f->knots));
	if (delays == NULL || f->knots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		delays[i] = found[i].delay_ns;
	quantile_fit(delays, n, f->knots, f->n_knots);
	return 0;
}

/* The followers of one pattern: n found, in order. */
static int keep_all(struct flow_pattern *p, const struct found *found, size_t n)
{
	uint32_t n_groups = 0, sum = 0;
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		n_groups += i == 0 || compare_groups(&found[i - 1], &found[i]) != 0;
	p->follows = mem_array(n_groups, sizeof(*p->follows));
	if (p->follows == NULL)
		return -ENOMEM;
	for (uint32_t place = 0; place <= PATTERN_LATER; place++, sum = 0)
		while (at < n && found[at].place == place) {
			const size_t first = at;
			uint32_t *n_kept = &p->first_follow[PATTERN_LATER + 1];

			while (at < n && compare_groups(&found[first], &found[at]) == 0)
				at++;
			if (keep(found + first, at - first, sum, &p->follows[(*n_kept)++]) < 0)
				return -ENOMEM;
			sum += (uint32_t)(at - first);
		}
	flow_pattern_index(p);
	return 0;
}

int flow_follow_learn(struct chronicle_flows *flows, const struct flow_codes *codes,
		      const struct follow_windows *windows, bool *ret_begins)
{
	CLEANUP(work_done) struct work w = { .flows = flows, .codes = codes };
	size_t at = 0;

	if (gather(&w, windows) < 0 || find_clients(&w) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < codes->n; i++)
		if (w.row[i] == 0)
			follow(&w, i);
	memset(ret_begins, 0, codes->n * sizeof(*ret_begins));
	for (uint32_t p = 0; p < flows->n_patterns; p++)
		flows->patterns[p].begins = 0;
	for (uint32_t i = 0; i < w.n; i++)
		if (w.seen[i].root == i) {
			ret_begins[w.seen[i].first] = true;
			flows->patterns[w.seen[i].pattern].begins++;
		}
	qsort(w.found, w.n_found, sizeof(*w.found), compare_found);
	for (uint32_t p = 0; p < flows->n_patterns; p++) {
		const size_t first = at;

		while (at < w.n_found && w.found[at].pattern == p)
			at++;
		if (keep_all(&flows->patterns[p], w.found + first, at - first) < 0)
			return -ENOMEM;
	}
	return 0;
}
