/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domain knowledge checks: rules about flows, and the share of rows that break them. A rules file
 * is a libconfig text, each rule a name and the conditions which a row that breaks it meets, all of
 * them:
 *
 *	divisor = 20.0;                      # optional; of the sum of shares; default: the rules
 *	rules = (
 *		{ name = "DNS over TCP only"; if = (
 *			{ column = "dst_port"; in = [53]; },
 *			{ column = "proto"; not_in = [17]; }); } );
 *
 * A condition compares a number (proto, src_port, dst_port, flags, fwd_packets, bwd_packets,
 * packets, fwd_bytes, bwd_bytes, bytes, fwd_payload, bwd_payload, payload, duration in seconds,
 * src_last and dst_last: an address's last byte) by in, not_in (whole numbers), below, above; with
 * times = "column", what follows below or above is multiplied by that column's value. Flags may be
 * told by has, lacks ("SF": all of these, any of these missing). It compares an address (src_ip,
 * dst_ip) by within, outside (prefixes; "multicast" also stands for both versions' multicast).
 */
#ifndef SOSIE_EVAL_DKC_H
#define SOSIE_EVAL_DKC_H

#include "conf/conf.h"
#include "eval/rows.h"

enum { EVAL_DKC_LIMIT_RULES = 256, EVAL_DKC_LIMIT_CONDITIONS = 16 };

struct eval_rules;

int eval_rules_load(const char *path, struct eval_rules **ret_rules, struct err *err);
/* name stands in messages. */
int eval_rules_parse(const char *name, const char *text, struct eval_rules **ret_rules,
		     struct err *err);
void eval_rules_freep(struct eval_rules **rules);

/* The rules of the published table (conf/examples/dkc-cidds.conf) and rules that hold for any
 * network (conf/examples/dkc.conf), as they are compiled in. */
extern const char eval_rules_cidds_text[], eval_rules_any_text[];

size_t eval_rules_n(const struct eval_rules *rules);
const char *eval_rules_name(const struct eval_rules *rules, size_t i);
bool eval_rules_broken(const struct eval_rules *rules, size_t i, const struct flow_record *record);

struct eval_dkc {
	double sum; /* of the rules' shares of rows, over the divisor: as published */
	double any; /* share of rows that break a rule: as corrected */
};
/* Of the rows of table that sample names. */
int eval_dkc(const struct eval_rules *rules, const struct flow_table *table,
	     const struct eval_rows *sample, struct eval_dkc *ret_dkc, struct err *err);

#endif
