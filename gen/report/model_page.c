/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/model_page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "gen/report/html.h"
#include "gen/report/model_tables.h"
#include "gen/report/page.h"
#include "gen/report/picture_model.h"
#include "gen/report/words.h"

enum { N_AUTOMATA_DRAWN = 8, N_SOURCES_SHOWN = 20 };

static void put_card(const struct model *model, FILE *page)
{
	char first[NS_TEXT_BYTES], last[NS_TEXT_BYTES], size[WORDS_BYTES];

	fputs("<dl class=\"facts\">\n", page);
	page_fact(page, "learned from", "%" PRIu64 " flows, %" PRIu64 " packets", model->n_flows,
		  model->n_packets);
	page_fact(page, "seen between", "%s and %s",
		  ns_format_time(model->first_ns / NS_PER_S * NS_PER_S, first),
		  ns_format_time(model->last_ns / NS_PER_S * NS_PER_S, last));
	for (size_t i = 0; i < model->n_sources && i < N_SOURCES_SHOWN; i++)
		page_fact(page, "file", "%.200s (%s, sha256 %.16s\xe2\x80\xa6)",
			  model->sources[i].name,
			  words_bytes((int64_t)model->sources[i].n_bytes, size),
			  model->sources[i].sha256);
	if (model->n_sources > N_SOURCES_SHOWN)
		page_fact(page, "files", "%zu more", model->n_sources - N_SOURCES_SHOWN);
	page_fact(page, "flow model", "%s: %s", model->flow_ops->name, model->flow_ops->summary);
	page_fact(page, "automata", "%zu, by %s", model->bank.n, model->automata);
	page_fact(page, "hosts", "%zu", model->hosts.n_hosts);
	page_fact(page, "privacy", "%s; it holds counts and shapes, no payload of the captures",
		  model->addresses_kept ? "addresses of the captures were kept"
					: "addresses in it are made up");
	fputs("</dl>\n", page);
}

/* What the model says of itself, with the lines as they are; the caller frees. */
static int take_words(const struct model *model, char **ret_text, struct err *err)
{
	CLEANUP(freep) char *text = NULL;
	size_t n = 0;
	FILE *words = open_memstream(&text, &n);
	int r;

	if (words == NULL)
		return err_no_memory(err);
	r = model->flow_ops->explain(model->flow, &model->hosts, words, FLOW_EXPLAIN_SUMMARY);
	if (ferror(words) && r == 0)
		r = -ENOMEM;
	if ((fclose(words) != 0 || text == NULL) && r == 0)
		r = -ENOMEM;
	if (r < 0)
		return err_set(err, r, "explaining the flow model: %s", strerror(-r));
	*ret_text = take(&text);
	return 0;
}

static void put_words(char *text, FILE *page)
{
	fputs("<details>\n<summary>The flow model in its own words</summary>\n<pre>", page);
	while (*text != '\0') {
		char *end = text + strcspn(text, "\n");
		const bool more = *end != '\0';

		*end = '\0';
		html_text(page, text);
		fputc('\n', page);
		text = end + more;
	}
	fputs("</pre>\n</details>\n", page);
}

static int put_schedule(const struct model *model, const struct canvas *canvas, struct err *err)
{
	uint64_t covered_s = 0;
	char text[WORDS_BYTES], intro[400];
	int r;

	for (int b = 0; b < SCHEDULE_BINS; b++)
		covered_s += model->schedule.covered_s[b];
	snprintf(intro, sizeof(intro),
		 "%.4g occurrences begin per second, on average over the week; learned from "
		 "%" PRIu64 " in %s of covered time.",
		 schedule_mean_hz(&model->schedule), model->schedule.n_occurrences,
		 words_duration((int64_t)covered_s * NS_PER_S, text));
	page_section_begin(canvas->page, "Schedule", intro);
	page_grid_begin(canvas->page, "wide");
	r = picture_week(&model->schedule, canvas, err);
	page_grid_end(canvas->page);
	page_section_end(canvas->page);
	return r;
}

static void put_sample(const struct model_sample *sample, char *words, FILE *page)
{
	char intro[200];

	snprintf(intro, sizeof(intro),
		 "Of %u occurrences drawn from the model, %u flows: a tenth, half and nine tenths "
		 "of a service's flows have at most so many packets, so much payload, last at most "
		 "so long.",
		 sample->n_occurrences, sample->n_flows);
	page_section_begin(page, "Services", intro);
	model_table_services(sample, page);
	page_section_end(page);
	page_section_begin(page, "Patterns",
			   sample->most_flows > 1
				   ? "What an occurrence consists of."
				   : "Each occurrence is one flow: this model has no patterns of "
				     "several.");
	model_table_patterns(sample, page);
	model_table_pairs(sample, page);
	put_words(words, page);
	page_section_end(page);
}

static int put_flows(struct model *model, const struct canvas *canvas, struct err *err)
{
	CLEANUP(model_sample_done) struct model_sample sample = { 0 };
	CLEANUP(freep) char *words = NULL;
	/* First, for drawing binds the model to a network. */
	int r = take_words(model, &words, err);

	if (r == 0)
		r = model_sample_draw(model, &sample, err);
	if (r == 0)
		put_sample(&sample, words, canvas->page);
	return r;
}

static int compare_words(const void *a, const void *b)
{
	const struct automaton *x = *(const struct automaton *const *)a;
	const struct automaton *y = *(const struct automaton *const *)b;

	if (x->n_words != y->n_words)
		return x->n_words < y->n_words ? 1 : -1;
	if (strcmp(x->service, y->service) != 0)
		return strcmp(x->service, y->service);
	return x->proto != y->proto ? (x->proto > y->proto) - (x->proto < y->proto)
				    : (x->state > y->state) - (x->state < y->state);
}

static int put_automata(const struct model *model, const struct canvas *canvas, struct err *err)
{
	const struct automaton_bank *bank = &model->bank;
	const struct automaton **sorted = mem_array(bank->n, sizeof(*sorted));
	int r = sorted != NULL ? 0 : err_no_memory(err);

	page_section_begin(
		canvas->page, "Automata",
		"How the packets of a flow follow each other, by service and end state; those "
		"of most flows are drawn. Each edge is a packet: direction (> by the "
		"originator), TCP flags or ICMP type, + with payload; how likely it is, the "
		"usual gap before it, the usual payload.");
	page_grid_begin(canvas->page, "wide natural");
	for (size_t i = 0; r == 0 && i < bank->n; i++)
		sorted[i] = bank->automata[i];
	if (r == 0)
		qsort(sorted, bank->n, sizeof(*sorted), compare_words);
	for (size_t i = 0; r == 0 && i < bank->n && i < N_AUTOMATA_DRAWN; i++)
		r = picture_automaton(sorted[i], canvas, err);
	free(sorted);
	page_grid_end(canvas->page);
	model_table_automata(bank, canvas->page);
	page_section_end(canvas->page);
	return r;
}

int model_page_write(struct model *model, const struct canvas *canvas, struct err *err)
{
	char title[128];
	int r;

	snprintf(title, sizeof(title), "Model %s", model->name);
	page_begin(canvas->page, title, "sosie show");
	put_card(model, canvas->page);
	r = put_schedule(model, canvas, err);
	if (r == 0)
		r = put_flows(model, canvas, err);
	if (r == 0)
		r = put_automata(model, canvas, err);
	page_section_begin(canvas->page, "Hosts", NULL);
	model_table_hosts(&model->hosts, canvas->page);
	page_section_end(canvas->page);
	page_end(canvas->page);
	return r;
}
