/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/walk_internal.h"
#include "base/mem.h"

/* What packets of an edge carry whose sizes have these quantiles. */
static struct walk_load load_of(const struct quantile_table *size)
{
	const uint32_t n_steps = size->n_knots - 1;
	struct walk_load load = {
		.n = 1,
		.least = (double)size->knots[0],
		.mean = (double)size->knots[0],
		.most = (double)size->knots[n_steps],
	};
	double sum = 0, squares = 0;

	if (n_steps == 0)
		return load;
	for (uint32_t i = 0; i < n_steps; i++) {
		const double a = (double)size->knots[i], b = (double)size->knots[i + 1];

		sum += (a + b) / 2;
		squares += (a * a + a * b + b * b) / 3;
	}
	load.mean = sum / n_steps;
	load.variance = squares / n_steps - load.mean * load.mean;
	load.variance = load.variance > 0 ? load.variance : 0;
	return load;
}

int walk_carries_make(struct walk *walk, struct err *err)
{
	walk->carries = mem_array(walk->n_edges, sizeof(*walk->carries));
	walk->loads = mem_array(walk->n_edges, sizeof(*walk->loads));
	if (walk->carries == NULL || walk->loads == NULL)
		return err_no_memory(err);
	for (uint32_t e = 0; e < walk->n_edges; e++) {
		const struct walk_edge *edge = &walk->edges[e];
		const struct automaton_edge *own = &walk->automaton->edges[edge->edge];
		struct walk_carry *carry = &walk->carries[e];

		carry->gap = own->gap.knots;
		carry->n_gap_steps = (uint16_t)(own->gap.n_knots - 1);
		carry->kind = WALK_KIND_SILENT;
		if (!edge->data)
			continue;
		carry->size = own->size.knots;
		carry->n_size_steps = (uint16_t)(own->size.n_knots - 1);
		carry->kind =
			edge->direction == STEP_FORWARD ? WALK_KIND_FORWARD : WALK_KIND_BACKWARD;
		if (carry->n_size_steps == 0)
			carry->kind |= WALK_KIND_ONE_SIZE;
		walk->loads[e][edge->direction] = load_of(&own->size);
	}
	return 0;
}

static inline void add(struct walk_load *sum, const struct walk_load *own, double max)
{
	sum->n += own->n;
	sum->least += own->least;
	sum->mean += own->mean < max ? own->mean : max;
	sum->most += own->most < max ? own->most : max;
	sum->variance += own->variance;
	sum->unused += own->unused;
}

/* An edge adds to both directions, nothing to one of them: no branch that nobody could foretell. */
void walk_path_loads(const struct walk *walk, const struct walk_scratch *scratch,
		     const struct walk_request *request, struct walk_load ret_loads[2])
{
	const size_t n = (size_t)(request->packets[0] + request->packets[1]);
	const double max[2] = { request->max_payload[0], request->max_payload[1] };
	struct walk_load forward = { .n = 0 }, backward = { .n = 0 };

	for (size_t k = 0; k < n; k++) {
		const struct walk_load *own = walk->loads[scratch->path[k]];

		add(&forward, &own[0], max[0]);
		add(&backward, &own[1], max[1]);
	}
	ret_loads[0] = forward;
	ret_loads[1] = backward;
}
