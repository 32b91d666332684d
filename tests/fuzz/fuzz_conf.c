/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_parse() on any text; then every getter on every value, the printed strings parsed again. The
 * process must not leak, hang, read outside, nor give a value out of the range asked for.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void read_back(const char *text)
{
	CLEANUP(conf_freep) struct conf *conf = NULL;
	CLEANUP(freep) char *printed = NULL;
	const char *again = NULL;
	size_t n;
	FILE *out = open_memstream(&printed, &n);

	require(out != NULL);
	fputs("k = ", out);
	conf_print_string(out, text);
	fputc(';', out);
	fclose(out);
	require(conf_parse("printed", printed, &conf, NULL) == 0);
	require(conf_get_string(conf, conf_root(conf), "k", true, &again, NULL) == 0);
	require(strcmp(again, text) == 0);
}

static void get_all(const struct conf *conf, const config_setting_t *group, const char *key)
{
	CLEANUP(freep) int64_t *values = NULL;
	const config_setting_t *node = NULL;
	struct err err = { "" };
	const char *text = NULL;
	int64_t value = 0;
	double number = 0;
	size_t n = 0, i;
	bool on;

	if (conf_get_int(conf, group, key, true, -1000, INT64_C(1) << 40, &value, &err) == 0)
		require(value >= -1000 && value <= INT64_C(1) << 40);
	if (conf_get_float(conf, group, key, true, -1e9, 1e9, &number, &err) == 0)
		require(number >= -1e9 && number <= 1e9);
	conf_get_bool(conf, group, key, true, &on, &err);
	if (conf_get_string(conf, group, key, true, &text, &err) == 0)
		read_back(text);
	conf_get_list(conf, group, key, true, &node, &err);
	conf_get_group(conf, group, key, true, &node, &err);
	if (conf_get_ints(conf, group, key, true, 0, 99, 50, &values, &n, &err) == 0)
		for (i = 0; i < n; i++)
			require(n <= 50 && values[i] >= 0 && values[i] <= 99);
}

/* The depth is bounded by the parser. */
static void walk(const struct conf *conf, const config_setting_t *node)
{
	static const char *const keys[] = { "name", "weight", "hosts" };
	struct err err = { "" };
	int i, n;

	conf_check_keys(conf, node, keys, 3, &err);
	if (!config_setting_is_aggregate(node))
		return;
	n = config_setting_length(node);
	for (i = 0; i < n && i < 1000; i++) {
		const config_setting_t *child = config_setting_get_elem(node, (unsigned int)i);

		if (config_setting_name(child) != NULL)
			get_all(conf, node, config_setting_name(child));
		conf_error(conf, child, &err, "here");
		walk(conf, child);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(conf_freep) struct conf *conf = NULL;
	CLEANUP(freep) char *text = malloc(size + 1);
	struct err err = { "" };

	require(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (conf_parse("fuzz", text, &conf, &err) < 0) {
		require(conf == NULL && err.text[0] != '\0');
		return 0;
	}
	walk(conf, conf_root(conf));
	return 0;
}
