/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as rules for flows: refused, or rules that can be applied. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "eval/dkc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow_record record = { .fwd_packets = 1, .fwd_bytes = 60, .proto = 6, .flags = 2 };
	struct eval_rules *rules = NULL;
	struct err err = { "" };
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (eval_rules_parse("rules.conf", text, &rules, &err) == 0) {
		if (eval_rules_n(rules) == 0)
			abort();
		for (size_t i = 0; i < eval_rules_n(rules); i++) {
			if (eval_rules_name(rules, i) == NULL)
				abort();
			eval_rules_broken(rules, i, &record);
		}
	} else if (rules != NULL || err.text[0] == '\0') {
		abort(); /* a refusal says why, and leaves nothing behind */
	}
	eval_rules_freep(&rules);
	free(text);
	return 0;
}
