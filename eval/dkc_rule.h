/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as dkc_conf.c reads them and dkc.c applies them. */
#ifndef SOSIE_EVAL_DKC_RULE_H
#define SOSIE_EVAL_DKC_RULE_H

#include "base/addr.h"
#include "eval/dkc.h"

enum rule_column {
	RULE_NONE,
	RULE_PROTO,
	RULE_SRC_PORT,
	RULE_DST_PORT,
	RULE_FLAGS,
	RULE_FWD_PACKETS,
	RULE_BWD_PACKETS,
	RULE_PACKETS,
	RULE_FWD_BYTES,
	RULE_BWD_BYTES,
	RULE_BYTES,
	RULE_FWD_PAYLOAD,
	RULE_BWD_PAYLOAD,
	RULE_PAYLOAD,
	RULE_DURATION,
	RULE_SRC_LAST,
	RULE_DST_LAST,
	RULE_SRC_IP, /* addresses from here on */
	RULE_DST_IP,
	RULE_N_COLUMNS
};

enum rule_how {
	RULE_IN,
	RULE_NOT_IN,
	RULE_BELOW,
	RULE_ABOVE,
	RULE_HAS,
	RULE_LACKS,
	RULE_WITHIN,
	RULE_OUTSIDE,
};

struct rule_condition {
	enum rule_column column, times; /* times: RULE_NONE or the factor of bound */
	enum rule_how how;
	double bound;
	int64_t *values;
	size_t n_values;
	struct ip_prefix *prefixes;
	size_t n_prefixes;
	bool multicast; /* among the prefixes */
	uint8_t flags;
};

struct rule {
	char *name;
	size_t n_conditions;
	struct rule_condition conditions[EVAL_DKC_LIMIT_CONDITIONS];
};

struct eval_rules {
	size_t n;
	double divisor;
	struct rule *rules;
};

#endif
