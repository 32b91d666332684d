/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libconfig texts with errors a person can act on: "plan.conf:12: hosts[3].wieght: unknown key; did
 * you mean 'weight'?".
 *
 * A getter looks a key up in a group, checks type and range, and writes the value. With `required`
 * false an absent key leaves *ret_x as it was (so defaults are set before). Every error names file
 * and line.
 *
 * Integers have 64 bits whether or not "L" follows them; decimal ones with a leading zero are
 * refused. Nothing nests deeper than CONF_LIMIT_DEPTH; see conf/text.h for all limits.
 */
#ifndef SOSIE_CONF_CONF_H
#define SOSIE_CONF_CONF_H

#include "base/err.h"
#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct conf;

enum { CONF_LIMIT_BYTES = 64 << 20 };

/* The text's name stands in messages. @include is refused. The text is not kept. */
int conf_parse(const char *name, const char *text, struct conf **ret_conf, struct err *err);
int conf_load(const char *path, struct conf **ret_conf, struct err *err);
void conf_freep(struct conf **conf);

const config_setting_t *conf_root(const struct conf *conf);
const char *conf_name(const struct conf *conf);

/*
 * Writes "file:line: path.of[2].node: " and the formatted sentence; returns -EINVAL. node NULL or
 * the root: "file: " and the sentence.
 */
int conf_error(const struct conf *conf, const config_setting_t *node, struct err *err,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Refuses any key of group that is not among keys, with the nearest name. */
int conf_check_keys(const struct conf *conf, const config_setting_t *group, const char *const *keys,
		    size_t n_keys, struct err *err);

int conf_get_int(const struct conf *conf, const config_setting_t *group, const char *key,
		 bool required, int64_t min, int64_t max, int64_t *ret_value, struct err *err);
int conf_get_float(const struct conf *conf, const config_setting_t *group, const char *key,
		   bool required, double min, double max, double *ret_value, struct err *err);
int conf_get_bool(const struct conf *conf, const config_setting_t *group, const char *key,
		  bool required, bool *ret_value, struct err *err);
/* Borrowed until conf is freed. */
int conf_get_string(const struct conf *conf, const config_setting_t *group, const char *key,
		    bool required, const char **ret_text, struct err *err);
/* A list, array or group under key; *ret_node stays untouched when absent and not required. */
int conf_get_list(const struct conf *conf, const config_setting_t *group, const char *key,
		  bool required, const config_setting_t **ret_node, struct err *err);
int conf_get_group(const struct conf *conf, const config_setting_t *group, const char *key,
		   bool required, const config_setting_t **ret_node, struct err *err);
/* An array of integers, each in [min, max], at most n_max of them; the caller frees *ret_values. */
int conf_get_ints(const struct conf *conf, const config_setting_t *group, const char *key,
		  bool required, int64_t min, int64_t max, size_t n_max, int64_t **ret_values,
		  size_t *ret_n, struct err *err);

/* The same for a value at hand, such as an element of a list. */
int conf_value_int(const struct conf *conf, const config_setting_t *node, int64_t min, int64_t max,
		   int64_t *ret_value, struct err *err);
int conf_value_float(const struct conf *conf, const config_setting_t *node, double min, double max,
		     double *ret_value, struct err *err);
int conf_value_string(const struct conf *conf, const config_setting_t *node, const char **ret_text,
		      struct err *err);

/* The name in names nearest to text by edit distance, or NULL when none is near. */
const char *conf_nearest(const char *text, const char *const *names, size_t n_names);

/* Writes text as a libconfig string, quotes included. */
void conf_print_string(FILE *out, const char *text);

#endif
