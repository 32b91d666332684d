/* SPDX-License-Identifier: Apache-2.0 */
/* The members of one JSON object (RFC 8259) on a line, one after the other, without a tree. */
#ifndef SOSIE_FLOW_JSON_LINE_H
#define SOSIE_FLOW_JSON_LINE_H

#include "flow/table_fields.h"
#include <stddef.h>

struct json_line {
	char *at, *end;
	bool begun;
};

void json_line_init(struct json_line *json, char *line, size_t n_line);

/*
 * 1: a member; strings are unescaped in place, numbers and true/false stand as written, null,
 * arrays and objects are an empty field. 0: the object ended, and the line with it. -EINVAL: not
 * JSON at json->at.
 */
int json_line_next(struct json_line *json, struct field *ret_key, struct field *ret_value);

#endif
