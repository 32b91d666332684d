/* SPDX-License-Identifier: Apache-2.0 */
/* Loading. */
#include "gen/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "gen/model_files.h"

void model_freep(struct model **model)
{
	struct model *m = *model;

	*model = NULL;
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n_sources; i++)
		free(m->sources[i].name);
	free(m->sources);
	if (m->flow_ops != NULL && m->flow != NULL)
		m->flow_ops->close(m->flow);
	free(m->flow);
	host_set_done(&m->hosts);
	automaton_bank_done(&m->bank);
	free(m);
}

static int open_conf(const struct model_files *files, const char *name, struct conf **ret_conf,
		     struct err *err)
{
	const struct model_file *file = model_files_find(files, name);

	if (file == NULL)
		return err_set(err, -ENOENT, "%s is missing: not a model", name);
	return conf_parse(file->shown, file->text, ret_conf, err);
}

static int copy_string(const struct conf *conf, const config_setting_t *group, const char *key,
		       size_t n, char *ret_text, struct err *err)
{
	const char *text = "";
	int r = conf_get_string(conf, group, key, true, &text, err);

	if (r < 0)
		return r;
	if (strlen(text) >= n)
		return conf_error(conf, config_setting_get_member(group, key), err,
				  "longer than %zu characters", n - 1);
	memcpy(ret_text, text, strlen(text) + 1);
	return 0;
}

static int load_source(const struct conf *conf, const config_setting_t *node,
		       struct model_source *ret_source, struct err *err)
{
	static const char *const keys[] = { "name", "bytes", "sha256" };
	char name[256];
	int64_t n_bytes = 0;
	int r;

	r = conf_check_keys(conf, node, keys, 3, err);
	if (r == 0)
		r = copy_string(conf, node, "name", sizeof(name), name, err);
	if (r == 0)
		r = copy_string(conf, node, "sha256", sizeof(ret_source->sha256),
				ret_source->sha256, err);
	if (r == 0)
		r = conf_get_int(conf, node, "bytes", true, 0, INT64_MAX, &n_bytes, err);
	if (r < 0)
		return r;
	ret_source->n_bytes = (uint64_t)n_bytes;
	ret_source->name = strdup(name);
	return ret_source->name == NULL ? err_no_memory(err) : 0;
}

static int load_sources(struct model *model, const struct conf *conf, struct err *err)
{
	const config_setting_t *list = NULL;
	int r = conf_get_list(conf, conf_root(conf), "learned_from", true, &list, err);
	const int n = r < 0 ? 0 : config_setting_length(list);

	if (r < 0)
		return r;
	if (n > MODEL_LIMIT_SOURCES)
		return conf_error(conf, list, err, "more than %d files", (int)MODEL_LIMIT_SOURCES);
	model->sources = mem_array((size_t)n, sizeof(*model->sources));
	if (model->sources == NULL)
		return err_no_memory(err);
	for (int i = 0; i < n && r == 0; i++) {
		r = load_source(conf, config_setting_get_elem(list, (unsigned int)i),
				&model->sources[i], err);
		model->n_sources += r == 0;
	}
	return r;
}

static int load_card(struct model *model, const struct conf *conf, struct err *err)
{
	static const char *const keys[] = { "format",  "name",		 "made_by",
					    "options", "automata",	 "flow_model",
					    "flows",   "packets",	 "first",
					    "last",    "addresses_kept", "learned_from" };
	const config_setting_t *root = conf_root(conf);
	int64_t format = 0, n_flows = 0, n_packets = 0;
	char text[64];
	int r;

	r = conf_get_int(conf, root, "format", true, 0, INT32_MAX, &format, err);
	if (r < 0)
		return r;
	if (format != MODEL_FORMAT)
		return conf_error(conf, config_setting_get_member(root, "format"), err,
				  "%lld: this sosie reads format %d; learn the model again",
				  (long long)format, (int)MODEL_FORMAT);
	r = conf_check_keys(conf, root, keys, sizeof(keys) / sizeof(keys[0]), err);
	if (r == 0)
		r = copy_string(conf, root, "name", sizeof(model->name), model->name, err);
	if (r == 0)
		r = copy_string(conf, root, "options", sizeof(model->options), model->options, err);
	if (r == 0)
		r = copy_string(conf, root, "automata", sizeof(model->automata), model->automata,
				err);
	if (r == 0)
		r = conf_get_int(conf, root, "flows", true, 0, INT64_MAX, &n_flows, err);
	if (r == 0)
		r = conf_get_int(conf, root, "packets", true, 0, INT64_MAX, &n_packets, err);
	if (r == 0)
		r = conf_get_bool(conf, root, "addresses_kept", true, &model->addresses_kept, err);
	if (r == 0)
		r = copy_string(conf, root, "first", sizeof(text), text, err);
	if (r == 0 && ns_parse_time(text, &model->first_ns, err) < 0)
		r = conf_error(conf, config_setting_get_member(root, "first"), err,
			       "'%s' is not a time", text);
	if (r == 0)
		r = copy_string(conf, root, "last", sizeof(text), text, err);
	if (r == 0 && ns_parse_time(text, &model->last_ns, err) < 0)
		r = conf_error(conf, config_setting_get_member(root, "last"), err,
			       "'%s' is not a time", text);
	model->n_flows = (uint64_t)n_flows;
	model->n_packets = (uint64_t)n_packets;
	return r < 0 ? r : load_sources(model, conf, err);
}

/* The family is named by the card, so that flow.conf belongs to the family alone. */
static int load_flow_model(struct model *model, const struct model_files *files,
			   const struct conf *card, struct err *err)
{
	CLEANUP(conf_freep) struct conf *conf = NULL;
	const char *family = NULL;
	int r = conf_get_string(card, conf_root(card), "flow_model", true, &family, err);

	if (r < 0)
		return r;
	model->flow_ops = flow_model_named(family);
	if (model->flow_ops == NULL)
		return conf_error(card, config_setting_get_member(conf_root(card), "flow_model"),
				  err, "this sosie has no family '%s'", family);
	model->flow = calloc(1, model->flow_ops->state_bytes);
	if (model->flow == NULL)
		return err_no_memory(err);
	r = open_conf(files, "flow.conf", &conf, err);
	return r < 0 ? r : model->flow_ops->load(model->flow, conf, &model->hosts, err);
}

static int load_automata(struct model *model, const struct model_files *files, struct err *err)
{
	for (size_t i = 0; i < files->n; i++) {
		CLEANUP(conf_freep) struct conf *conf = NULL;
		CLEANUP(automaton_freep) struct automaton *automaton = NULL;
		int r;

		if (strncmp(files->files[i].name, "automata/", 9) != 0)
			continue;
		r = conf_parse(files->files[i].shown, files->files[i].text, &conf, err);
		if (r == 0)
			r = automaton_load(conf, &automaton, err);
		if (r == 0)
			r = automaton_bank_add(&model->bank, automaton, err);
		if (r < 0)
			return r;
		(void)take(&automaton);
	}
	return model->bank.n > 0 ? 0 : err_set(err, -ENOENT, "no automata: not a model");
}

static int load_parts(struct model *model, const struct model_files *files, struct err *err)
{
	CLEANUP(conf_freep) struct conf *card = NULL;
	CLEANUP(conf_freep) struct conf *schedule = NULL;
	CLEANUP(conf_freep) struct conf *hosts = NULL;
	int r;

	r = open_conf(files, "model.conf", &card, err);
	if (r == 0)
		r = load_card(model, card, err);
	if (r == 0)
		r = open_conf(files, "schedule.conf", &schedule, err);
	if (r == 0)
		r = schedule_load(schedule, &model->schedule, err);
	if (r == 0)
		r = open_conf(files, "hosts.conf", &hosts, err);
	if (r == 0)
		r = host_set_load(hosts, &model->hosts, err);
	if (r == 0)
		r = load_flow_model(model, files, card, err);
	if (r == 0)
		r = load_automata(model, files, err);
	return r;
}

int model_load(const char *name_or_dir, struct model **ret_model, struct err *err)
{
	CLEANUP(model_freep) struct model *model = calloc(1, sizeof(*model));
	struct model_files files = { 0 };
	int r;

	if (model == NULL)
		return err_no_memory(err);
	r = model_files_open(name_or_dir, &files, err);
	if (r < 0)
		return r;
	r = load_parts(model, &files, err);
	model_files_done(&files);
	if (r < 0)
		return err_wrap(err, r, "model '%s'", name_or_dir);
	*ret_model = take(&model);
	return 0;
}
