/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/adapt.h"

#include <netinet/in.h>
#include <string.h>

/* The end state that most flows of the row's service have in the captures, or -1. */
static int usual_state(const struct automaton_bank *bank, const struct flow_record *row)
{
	const struct automaton *usual = NULL;

	for (size_t i = 0; i < bank->n; i++) {
		const struct automaton *a = bank->automata[i];

		if (a->proto == row->proto && strcmp(a->service, row->service) == 0 &&
		    (usual == NULL || a->n_words > usual->n_words))
			usual = a;
	}
	return usual == NULL ? -1 : usual->state;
}

void adapt_states(struct flow_table *table, const struct automaton_bank *bank,
		  uint64_t *ret_n_moved, uint64_t *ret_n_dropped)
{
	size_t kept = 0;

	*ret_n_moved = 0;
	for (size_t i = 0; i < table->n_rows; i++) {
		struct flow_record r = table->rows[i];
		int state = r.state;

		if (r.fwd_packets + r.bwd_packets == 0)
			continue;
		if (automaton_bank_find(bank, r.service, r.proto, r.state, NULL) < 0)
			state = usual_state(bank, &r);
		if (state < 0)
			continue;
		*ret_n_moved += state != r.state;
		r.state = (uint8_t)state;
		table->rows[kept++] = r;
	}
	*ret_n_dropped = table->n_rows - kept;
	table->n_rows = kept;
}

/* What is left of n_bytes above the smallest headers of n_packets. */
static uint64_t above_headers(const struct flow_record *r, uint64_t n_bytes, uint64_t n_packets)
{
	const uint64_t transport =
		r->proto == IPPROTO_TCP ? 20
		: r->proto == IPPROTO_UDP || r->proto == IPPROTO_ICMP || r->proto == IPPROTO_ICMPV6
			? 8
			: 0;
	const uint64_t headers = n_packets * ((r->src.version == 6 ? 40 : 20) + transport);

	return n_bytes > headers ? n_bytes - headers : 0;
}

void adapt_payload(struct flow_table *table)
{
	for (size_t i = 0; i < table->n_rows; i++) {
		struct flow_record *r = &table->rows[i];

		r->fwd_payload = above_headers(r, r->fwd_bytes, r->fwd_packets);
		r->bwd_payload = above_headers(r, r->bwd_bytes, r->bwd_packets);
	}
}
