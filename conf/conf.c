/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf.h"

#include <errno.h>
#include <float.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "conf/text.h"

enum { PATH_BYTES = 256 };

struct conf {
	config_t config;
	char *name;
};

static int parse_normalised(struct conf *conf, const char *text, struct err *err)
{
	/* Where an @include that got past the scanner would look: nothing can be there. */
	config_set_include_dir(&conf->config, "/dev/null");
	if (config_read_string(&conf->config, text) == CONFIG_TRUE)
		return 0;
	return err_set(err, -EINVAL, "%s:%d: %s", conf->name, config_error_line(&conf->config),
		       config_error_text(&conf->config));
}

int conf_parse(const char *name, const char *text, struct conf **ret_conf, struct err *err)
{
	CLEANUP(conf_freep) struct conf *conf = NULL;
	CLEANUP(freep) char *normalised = NULL;
	int r;

	if (strlen(text) > CONF_LIMIT_BYTES)
		return err_set(err, -EFBIG, "%s: larger than the %d bytes allowed", name,
			       (int)CONF_LIMIT_BYTES);
	r = conf_text_normalise(name, text, &normalised, err);
	if (r < 0)
		return r;
	conf = calloc(1, sizeof(*conf));
	if (conf == NULL)
		return err_no_memory(err);
	config_init(&conf->config);
	conf->name = strdup(name);
	if (conf->name == NULL)
		return err_no_memory(err);
	r = parse_normalised(conf, normalised, err);
	if (r < 0)
		return r;
	*ret_conf = take(&conf);
	return 0;
}

int conf_load(const char *path, struct conf **ret_conf, struct err *err)
{
	CLEANUP(freep) char *text = NULL;
	size_t n;
	int r;

	r = file_read(path, CONF_LIMIT_BYTES, &text, &n, err);
	if (r < 0)
		return r;
	if (strlen(text) != n)
		return err_set(err, -EINVAL, "%s: byte %zu is 0; a text was expected", path,
			       strlen(text));
	return conf_parse(path, text, ret_conf, err);
}

void conf_freep(struct conf **conf)
{
	if (*conf == NULL)
		return;
	config_destroy(&(*conf)->config);
	free((*conf)->name);
	freep(conf);
}

const config_setting_t *conf_root(const struct conf *conf)
{
	return config_root_setting(&conf->config);
}

const char *conf_name(const struct conf *conf)
{
	return conf->name;
}

/*
 * "hosts[3].weight" from the root down, written from the end back; what does not fit is cut at the
 * front. Depth is bounded by CONF_LIMIT_DEPTH. Returns "" for the root.
 */
static const char *path_of(const config_setting_t *node, char path[PATH_BYTES])
{
	size_t at = PATH_BYTES - 1;

	path[at] = '\0';
	for (; node != NULL && !config_setting_is_root(node); node = config_setting_parent(node)) {
		const char *key = config_setting_name(node);
		char part[PATH_BYTES];
		bool dot = path[at] != '\0' && path[at] != '[';
		size_t n;

		if (key != NULL)
			snprintf(part, sizeof(part), "%s%s", key, dot ? "." : "");
		else
			snprintf(part, sizeof(part), "[%d]%s", config_setting_index(node),
				 dot ? "." : "");
		n = strlen(part);
		if (n > at)
			break;
		at -= n;
		memcpy(path + at, part, n);
	}
	return path + at;
}

/* Puts "name:line: path: " before the sentence in err. */
static int locate(const struct conf *conf, const config_setting_t *node, struct err *err)
{
	char path_text[PATH_BYTES];
	const char *path = node != NULL ? path_of(node, path_text) : "";
	unsigned int line = node != NULL ? config_setting_source_line(node) : 0;

	if (path[0] != '\0')
		err_wrap(err, -EINVAL, "%s", path);
	if (line != 0 && path[0] != '\0')
		return err_wrap(err, -EINVAL, "%s:%u", conf->name, line);
	return err_wrap(err, -EINVAL, "%s", conf->name);
}

int conf_error(const struct conf *conf, const config_setting_t *node, struct err *err,
	       const char *fmt, ...)
{
	char text[ERR_TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_set(err, -EINVAL, "%s", text);
	return locate(conf, node, err);
}

int conf_check_keys(const struct conf *conf, const config_setting_t *group, const char *const *keys,
		    size_t n_keys, struct err *err)
{
	int i, n = config_setting_length(group);

	for (i = 0; i < n; i++) {
		const config_setting_t *node = config_setting_get_elem(group, (unsigned int)i);
		const char *key = config_setting_name(node), *nearest;
		size_t k;

		if (key == NULL)
			return conf_error(conf, group, err, "a group was expected");
		for (k = 0; k < n_keys && strcmp(key, keys[k]) != 0; k++)
			;
		if (k < n_keys)
			continue;
		nearest = conf_nearest(key, keys, n_keys);
		if (nearest != NULL)
			return conf_error(conf, node, err, "unknown key; did you mean '%s'?",
					  nearest);
		return conf_error(conf, node, err, "unknown key");
	}
	return 0;
}

static const char *type_name(const config_setting_t *node)
{
	switch (config_setting_type(node)) {
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "an integer";
	case CONFIG_TYPE_FLOAT:
		return "a number with a fraction or exponent";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_ARRAY:
		return "an array";
	case CONFIG_TYPE_LIST:
		return "a list";
	default:
		return "nothing";
	}
}

static int wrong_type(const struct conf *conf, const config_setting_t *node, const char *expected,
		      struct err *err)
{
	return conf_error(conf, node, err, "%s was expected, not %s", expected, type_name(node));
}

/* 1 and *ret_node when the key is there, 0 when it may be absent and is. */
static int find(const struct conf *conf, const config_setting_t *group, const char *key,
		bool required, const config_setting_t **ret_node, struct err *err)
{
	const config_setting_t *node = NULL;

	if (!config_setting_is_group(group))
		return wrong_type(conf, group, "a group", err);
	node = config_setting_get_member(group, key);
	if (node == NULL)
		return required ? conf_error(conf, group, err, "'%s' is missing", key) : 0;
	*ret_node = node;
	return 1;
}

static bool is_integer(const config_setting_t *node)
{
	int type = config_setting_type(node);

	return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
}

int conf_value_int(const struct conf *conf, const config_setting_t *node, int64_t min, int64_t max,
		   int64_t *ret_value, struct err *err)
{
	int64_t value;

	if (!is_integer(node))
		return wrong_type(conf, node, "an integer", err);
	value = config_setting_get_int64(node);
	if (value < min)
		return conf_error(conf, node, err, "%lld is below %lld", (long long)value,
				  (long long)min);
	if (value > max)
		return conf_error(conf, node, err, "%lld is above %lld", (long long)value,
				  (long long)max);
	*ret_value = value;
	return 0;
}

int conf_value_float(const struct conf *conf, const config_setting_t *node, double min, double max,
		     double *ret_value, struct err *err)
{
	double value;

	if (is_integer(node))
		value = (double)config_setting_get_int64(node);
	else if (config_setting_type(node) == CONFIG_TYPE_FLOAT)
		value = config_setting_get_float(node);
	else
		return wrong_type(conf, node, "a number", err);
	if (!(value >= -DBL_MAX && value <= DBL_MAX))
		return conf_error(conf, node, err, "the number is too large");
	if (value < min)
		return conf_error(conf, node, err, "%.17g is below %.17g", value, min);
	if (value > max)
		return conf_error(conf, node, err, "%.17g is above %.17g", value, max);
	*ret_value = value;
	return 0;
}

int conf_value_string(const struct conf *conf, const config_setting_t *node, const char **ret_text,
		      struct err *err)
{
	if (config_setting_type(node) != CONFIG_TYPE_STRING)
		return wrong_type(conf, node, "a string", err);
	*ret_text = config_setting_get_string(node);
	return 0;
}

int conf_get_int(const struct conf *conf, const config_setting_t *group, const char *key,
		 bool required, int64_t min, int64_t max, int64_t *ret_value, struct err *err)
{
	const config_setting_t *node = NULL;
	int r = find(conf, group, key, required, &node, err);

	return r <= 0 ? r : conf_value_int(conf, node, min, max, ret_value, err);
}

int conf_get_float(const struct conf *conf, const config_setting_t *group, const char *key,
		   bool required, double min, double max, double *ret_value, struct err *err)
{
	const config_setting_t *node = NULL;
	int r = find(conf, group, key, required, &node, err);

	return r <= 0 ? r : conf_value_float(conf, node, min, max, ret_value, err);
}

int conf_get_bool(const struct conf *conf, const config_setting_t *group, const char *key,
		  bool required, bool *ret_value, struct err *err)
{
	const config_setting_t *node = NULL;
	int r = find(conf, group, key, required, &node, err);

	if (r <= 0)
		return r;
	if (config_setting_type(node) != CONFIG_TYPE_BOOL)
		return wrong_type(conf, node, "true or false", err);
	*ret_value = config_setting_get_bool(node) != CONFIG_FALSE;
	return 0;
}

int conf_get_string(const struct conf *conf, const config_setting_t *group, const char *key,
		    bool required, const char **ret_text, struct err *err)
{
	const config_setting_t *node = NULL;
	int r = find(conf, group, key, required, &node, err);

	return r <= 0 ? r : conf_value_string(conf, node, ret_text, err);
}

int conf_get_list(const struct conf *conf, const config_setting_t *group, const char *key,
		  bool required, const config_setting_t **ret_node, struct err *err)
{
	const config_setting_t *node = NULL;
	int r = find(conf, group, key, required, &node, err);

	if (r <= 0)
		return r;
	if (!config_setting_is_aggregate(node))
		return wrong_type(conf, node, "a list", err);
	*ret_node = node;
	return 0;
}

int conf_get_group(const struct conf *conf, const config_setting_t *group, const char *key,
		   bool required, const config_setting_t **ret_node, struct err *err)
{
	const config_setting_t *node = NULL;
	int r = find(conf, group, key, required, &node, err);

	if (r <= 0)
		return r;
	if (!config_setting_is_group(node))
		return wrong_type(conf, node, "a group", err);
	*ret_node = node;
	return 0;
}

int conf_get_ints(const struct conf *conf, const config_setting_t *group, const char *key,
		  bool required, int64_t min, int64_t max, size_t n_max, int64_t **ret_values,
		  size_t *ret_n, struct err *err)
{
	CLEANUP(freep) int64_t *values = NULL;
	const config_setting_t *node = NULL;
	size_t n, i;
	int r;

	r = find(conf, group, key, required, &node, err);
	if (r <= 0)
		return r;
	if (!config_setting_is_array(node) && !config_setting_is_list(node))
		return wrong_type(conf, node, "an array of integers", err);
	n = (size_t)config_setting_length(node);
	if (n > n_max)
		return conf_error(conf, node, err, "%zu values; at most %zu are allowed", n, n_max);
	values = mem_array(n, sizeof(*values));
	if (values == NULL)
		return err_no_memory(err);
	for (i = 0; i < n; i++) {
		r = conf_value_int(conf, config_setting_get_elem(node, (unsigned int)i), min, max,
				   &values[i], err);
		if (r < 0)
			return r;
	}
	*ret_values = take(&values);
	*ret_n = n;
	return 0;
}

void conf_print_string(FILE *out, const char *text)
{
	const unsigned char *p;

	fputc('"', out);
	for (p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			fprintf(out, "\\x%02x", *p);
		else
			fputc(*p, out);
	}
	fputc('"', out);
}
