/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/dkc.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/dkc_rule.h"

static double number_of(const struct flow_record *r, enum rule_column column)
{
	switch (column) {
	case RULE_PROTO:
		return r->proto;
	case RULE_SRC_PORT:
		return r->src_port;
	case RULE_DST_PORT:
		return r->dst_port;
	case RULE_FLAGS:
		return r->flags;
	case RULE_FWD_PACKETS:
		return (double)r->fwd_packets;
	case RULE_BWD_PACKETS:
		return (double)r->bwd_packets;
	case RULE_PACKETS:
		return (double)r->fwd_packets + (double)r->bwd_packets;
	case RULE_FWD_BYTES:
		return (double)r->fwd_bytes;
	case RULE_BWD_BYTES:
		return (double)r->bwd_bytes;
	case RULE_BYTES:
		return (double)r->fwd_bytes + (double)r->bwd_bytes;
	case RULE_FWD_PAYLOAD:
		return (double)r->fwd_payload;
	case RULE_BWD_PAYLOAD:
		return (double)r->bwd_payload;
	case RULE_PAYLOAD:
		return (double)r->fwd_payload + (double)r->bwd_payload;
	case RULE_DURATION:
		return (double)r->duration_ns / 1e9;
	case RULE_SRC_LAST:
		return r->src.bytes[r->src.version == 6 ? 15 : 3];
	case RULE_DST_LAST:
		return r->dst.bytes[r->dst.version == 6 ? 15 : 3];
	default:
		return 0;
	}
}

static bool in_list(const struct rule_condition *c, double value)
{
	for (size_t i = 0; i < c->n_values; i++) {
		if ((double)c->values[i] == value)
			return true;
	}
	return false;
}

static bool in_prefixes(const struct rule_condition *c, const struct ip_addr *addr)
{
	for (size_t i = 0; i < c->n_prefixes; i++) {
		if (ip_prefix_holds(&c->prefixes[i], addr))
			return true;
	}
	return c->multicast && ip_is_multicast(addr);
}

static bool condition_met(const struct rule_condition *c, const struct flow_record *record)
{
	const struct ip_addr *addr = c->column == RULE_SRC_IP ? &record->src : &record->dst;
	double bound = c->bound;

	if (c->times != RULE_NONE)
		bound *= number_of(record, c->times);
	switch (c->how) {
	case RULE_IN:
		return in_list(c, number_of(record, c->column));
	case RULE_NOT_IN:
		return !in_list(c, number_of(record, c->column));
	case RULE_BELOW:
		return number_of(record, c->column) < bound;
	case RULE_ABOVE:
		return number_of(record, c->column) > bound;
	case RULE_HAS:
		return (record->flags & c->flags) == c->flags;
	case RULE_LACKS:
		return (record->flags & c->flags) != c->flags;
	case RULE_WITHIN:
		return in_prefixes(c, addr);
	case RULE_OUTSIDE:
		return !in_prefixes(c, addr);
	}
	return false;
}

size_t eval_rules_n(const struct eval_rules *rules)
{
	return rules->n;
}

const char *eval_rules_name(const struct eval_rules *rules, size_t i)
{
	return rules->rules[i].name;
}

bool eval_rules_broken(const struct eval_rules *rules, size_t i, const struct flow_record *record)
{
	const struct rule *rule = &rules->rules[i];

	for (size_t c = 0; c < rule->n_conditions; c++) {
		if (!condition_met(&rule->conditions[c], record))
			return false;
	}
	return true;
}

int eval_dkc(const struct eval_rules *rules, const struct flow_table *table,
	     const struct eval_rows *sample, struct eval_dkc *ret_dkc, struct err *err)
{
	uint64_t sum = 0, any = 0;

	(void)err;
	for (size_t i = 0; i < sample->n; i++) {
		const struct flow_record *record = &table->rows[sample->row[i]];
		uint64_t broken = 0;

		for (size_t k = 0; k < rules->n; k++)
			broken += eval_rules_broken(rules, k, record);
		sum += broken;
		any += broken > 0;
	}
	ret_dkc->sum = (double)sum / (double)sample->n / rules->divisor;
	ret_dkc->any = (double)any / (double)sample->n;
	return 0;
}
