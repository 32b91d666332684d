/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a model says, for somebody who has never seen it. The figures are taken from flows drawn
 * from the model with a fixed seed, so they tell what it makes, not what was put in.
 */
#include "flow/bayes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/ns.h"
#include "flow/bayes_kind.h"

enum { N_DRAWN = 20000, N_SERVICES_SHOWN = 15, N_PAIRS_SHOWN = 12 };

struct drawn {
	uint16_t kind, src_host, dst_host;
	uint32_t service; /* group number */
	int64_t packets, payload, duration_ns;
};

struct group {
	const char *service;
	uint8_t proto;
	uint32_t n;	 /* flows drawn */
	uint32_t number; /* its number, kept through sorting */
};

struct sample {
	struct drawn *flows; /* N_DRAWN */
	struct group *groups;
	uint32_t n_groups;
	uint32_t *group_of; /* by kind */
};

static void sample_done(struct sample *s)
{
	free(s->flows);
	free(s->groups);
	free(s->group_of);
}

static int group_kinds(struct sample *s, const struct bayes_flows *flows)
{
	s->flows = mem_array(N_DRAWN, sizeof(*s->flows));
	s->groups = mem_array(flows->n_kinds, sizeof(*s->groups));
	s->group_of = mem_array(flows->n_kinds, sizeof(*s->group_of));
	if (s->flows == NULL || s->groups == NULL || s->group_of == NULL)
		return -ENOMEM;
	for (uint32_t k = 0; k < flows->n_kinds; k++) {
		uint32_t g = 0;

		while (g < s->n_groups &&
		       (s->groups[g].proto != flows->kinds[k].proto ||
			strcmp(s->groups[g].service, flows->kinds[k].service) != 0))
			g++;
		if (g == s->n_groups)
			s->groups[s->n_groups++] =
				(struct group) { .service = flows->kinds[k].service,
						 .proto = flows->kinds[k].proto };
		s->group_of[k] = g;
	}
	return 0;
}

static void draw(struct sample *s, const struct bayes_flows *flows)
{
	const struct column *c = flows->columns;
	uint16_t codes[FLOW_VARIABLES];
	struct rng rng;

	rng_init(&rng, 1, 0, 0, RNG_LEARN);
	memset(codes, 0xff, sizeof(codes));
	for (int i = 0; i < N_DRAWN; i++) {
		struct drawn *d = &s->flows[i];

		memmove(codes + FLOW_N_COLUMNS, codes,
			sizeof(codes) - FLOW_N_COLUMNS * sizeof(*codes));
		bayes_flows_draw_kind(flows, codes, &rng);
		bayes_flows_draw_tuple(flows, codes, &rng);
		bayes_flows_draw_rest(flows, codes, &rng);
		d->kind = codes[FLOW_KIND];
		d->src_host = codes[FLOW_SRC_HOST];
		d->dst_host = codes[FLOW_DST_HOST];
		d->service = s->group_of[d->kind];
		d->packets = column_decode(&c[FLOW_FWD_PACKETS], codes[FLOW_FWD_PACKETS], &rng) +
			     column_decode(&c[FLOW_BWD_PACKETS], codes[FLOW_BWD_PACKETS], &rng);
		d->payload = column_decode(&c[FLOW_FWD_PAYLOAD], codes[FLOW_FWD_PAYLOAD], &rng) +
			     column_decode(&c[FLOW_BWD_PAYLOAD], codes[FLOW_BWD_PAYLOAD], &rng);
		d->duration_ns = column_decode(&c[FLOW_DURATION], codes[FLOW_DURATION], &rng);
	}
}

/* Groups by share, then by name; only tells which is printed first. */
static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	if (x->proto != y->proto)
		return x->proto < y->proto ? -1 : 1;
	return strcmp(x->service, y->service);
}

static int compare_values(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

enum measure { PACKETS, PAYLOAD, DURATION };

/* Three quantiles (10 %, half, 90 %) of a measure over the flows of a group. */
static void quantiles(const struct sample *s, uint32_t group, enum measure m, int64_t *scratch,
		      int64_t ret[3])
{
	size_t n = 0;

	for (int i = 0; i < N_DRAWN; i++) {
		const struct drawn *d = &s->flows[i];

		if (d->service == group)
			scratch[n++] = m == PACKETS   ? d->packets
				       : m == PAYLOAD ? d->payload
						      : d->duration_ns;
	}
	qsort(scratch, n, sizeof(*scratch), compare_values);
	ret[0] = scratch[n / 10];
	ret[1] = scratch[n / 2];
	ret[2] = scratch[n * 9 / 10];
}

static const char *size_text(int64_t bytes, char ret[16])
{
	if (bytes < 10000)
		snprintf(ret, 16, "%d B", (int)bytes);
	else if (bytes < 10000000)
		snprintf(ret, 16, "%d kB", (int)(bytes / 1000));
	else if (bytes < INT64_C(10000000000))
		snprintf(ret, 16, "%d MB", (int)(bytes / 1000000));
	else
		snprintf(ret, 16, "%d GB", (int)(bytes / 1000000000));
	return ret;
}

/* To three digits or so: nobody reads 1.234567891 s. */
static const char *time_text(int64_t ns, char ret[16])
{
	if (ns < 10000)
		snprintf(ret, 16, "%d ns", (int)ns);
	else if (ns < 10000000)
		snprintf(ret, 16, "%d us", (int)(ns / 1000));
	else if (ns < INT64_C(10000000000))
		snprintf(ret, 16, "%d ms", (int)(ns / 1000000));
	else
		snprintf(ret, 16, "%d s", (int)(ns / NS_PER_S));
	return ret;
}

static const char *service_text(const struct group *g, char ret[48])
{
	const char *proto = g->proto == 6 ? "tcp" : g->proto == 17 ? "udp" : NULL;
	const char *name = strcmp(g->service, "-") == 0 ? "other" : g->service;

	if (proto != NULL)
		snprintf(ret, 48, "%s/%s", name, proto);
	else
		snprintf(ret, 48, "%s", name);
	return ret;
}

static void print_services(const struct sample *s, const struct group *sorted, int64_t *scratch,
			   FILE *out)
{
	fprintf(out, "\nServices (share of flows; per flow: 10 %% | half | 90 %% are at most)\n\n");
	fprintf(out, "  %-22s %7s  %20s  %26s  %26s\n", "service", "share", "packets", "payload",
		"duration");
	for (uint32_t i = 0; i < s->n_groups && i < N_SERVICES_SHOWN && sorted[i].n > 0; i++) {
		int64_t p[3], b[3], d[3];
		char name[48], t[6][16];

		quantiles(s, sorted[i].number, PACKETS, scratch, p);
		quantiles(s, sorted[i].number, PAYLOAD, scratch, b);
		quantiles(s, sorted[i].number, DURATION, scratch, d);
		fprintf(out,
			"  %-22s %5.1f %%  %5" PRId64 " |%5" PRId64 " |%6" PRId64
			"  %7s |%7s |%8s  %7s |%7s |%8s\n",
			service_text(&sorted[i], name), 100.0 * sorted[i].n / N_DRAWN, p[0], p[1],
			p[2], size_text(b[0], t[0]), size_text(b[1], t[1]), size_text(b[2], t[2]),
			time_text(d[0], t[3]), time_text(d[1], t[4]), time_text(d[2], t[5]));
	}
}

/* Who speaks to whom: scope and role at both ends, with the share of flows. */
struct pair {
	char text[96];
	uint32_t n;
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return strcmp(x->text, y->text);
}

static int find_pairs(const struct sample *s, const struct host_set *hosts, struct pair **ret_pairs,
		      size_t *ret_n)
{
	CLEANUP(freep) struct pair *pairs = NULL;
	size_t n = 0, capacity = 0;

	for (int i = 0; i < N_DRAWN; i++) {
		const struct host *src = &hosts->hosts[s->flows[i].src_host];
		const struct host *dst = &hosts->hosts[s->flows[i].dst_host];
		char text[96];
		size_t k = 0;

		snprintf(text, sizeof(text), "%s %s -> %s %s", host_scope_name(src->scope),
			 src->role, host_scope_name(dst->scope), dst->role);
		while (k < n && strcmp(pairs[k].text, text) != 0)
			k++;
		if (k == n) {
			if (mem_grow(&pairs, &capacity, n + 1, sizeof(*pairs), N_DRAWN) < 0)
				return -ENOMEM;
			memcpy(pairs[n].text, text, sizeof(text));
			pairs[n++].n = 0;
		}
		pairs[k].n++;
	}
	qsort(pairs, n, sizeof(*pairs), compare_pairs);
	*ret_pairs = take(&pairs);
	*ret_n = n;
	return 0;
}

static void print_variable(uint32_t variable, FILE *out)
{
	static const char *const words[FLOW_N_COLUMNS] = {
		"kind of flow",	    "who begins it",	"who answers",	   "source port",
		"destination port", "end state",	"packets forward", "packets backward",
		"payload forward",  "payload backward", "duration",	   "label"
	};
	uint32_t lag = variable / FLOW_N_COLUMNS;

	fputs(words[variable % FLOW_N_COLUMNS], out);
	if (lag > 0)
		fprintf(out, " %u flow%s earlier", lag, lag > 1 ? "s" : "");
}

static void print_edges(const struct bayes_flows *flows, FILE *out)
{
	fputs("\nHow the columns hang together (each is drawn given what is named)\n\n", out);
	for (uint32_t k = 0; k < FLOW_N_COLUMNS; k++) {
		uint32_t c = flows->net.order[k];
		const struct bayes_node *node = &flows->net.nodes[c];

		if (flows->net.n_codes[c] < 2)
			continue;
		fputs("  ", out);
		print_variable(c, out);
		fputs(node->n_parents == 0 ? ": on its own" : ": given the ", out);
		for (uint32_t p = 0; p < node->n_parents; p++) {
			fputs(p == 0 ? "" : ", ", out);
			print_variable(node->parents[p], out);
		}
		fputs("\n", out);
	}
}

static void print_head(const struct bayes_flows *flows, const struct host_set *hosts, FILE *out)
{
	fprintf(out,
		"A Bayesian network over the columns of a flow, learned from %" PRIu64
		" flows of %u kinds\nbetween %zu hosts. %s\n",
		flows->n_flows, flows->n_kinds, hosts->n_hosts,
		flows->n_lags == 0 ? "Flows are drawn independently of each other."
				   : "Each flow is drawn given the five before it.");
	fprintf(out, "The figures below are those of %d flows drawn from it.\n", N_DRAWN);
}

static int print_text(const struct bayes_flows *flows, const struct sample *s,
		      const struct group *sorted, int64_t *scratch, const struct host_set *hosts,
		      FILE *out)
{
	CLEANUP(freep) struct pair *pairs = NULL;
	size_t n_pairs = 0;

	print_services(s, sorted, scratch, out);
	if (find_pairs(s, hosts, &pairs, &n_pairs) < 0)
		return -ENOMEM;
	fputs("\nWho begins flows with whom (scope and role)\n\n", out);
	for (size_t i = 0; i < n_pairs && i < N_PAIRS_SHOWN; i++)
		fprintf(out, "  %5.1f %%  %s\n", 100.0 * pairs[i].n / N_DRAWN, pairs[i].text);
	print_edges(flows, out);
	return ferror(out) ? -EIO : 0;
}

static void json_three(FILE *out, const char *name, const int64_t q[3])
{
	fprintf(out, ",\"%s\":[%" PRId64 ",%" PRId64 ",%" PRId64 "]", name, q[0], q[1], q[2]);
}

/* Quantiles are [10 %, half, 90 %]; payload in bytes, duration in ns. */
static int print_json(const struct bayes_flows *flows, const struct sample *s,
		      const struct group *sorted, int64_t *scratch, FILE *out)
{
	const char *const *names = flow_variable_names();

	fprintf(out, "{\"flows\":%" PRIu64 ",\"kinds\":%u,\"lags\":%u,\"services\":[",
		flows->n_flows, flows->n_kinds, flows->n_lags);
	for (uint32_t i = 0; i < s->n_groups && sorted[i].n > 0; i++) {
		int64_t p[3], b[3], d[3];

		quantiles(s, sorted[i].number, PACKETS, scratch, p);
		quantiles(s, sorted[i].number, PAYLOAD, scratch, b);
		quantiles(s, sorted[i].number, DURATION, scratch, d);
		fputs(i == 0 ? "{\"service\":" : ",{\"service\":", out);
		json_put_string(out, sorted[i].service);
		fprintf(out, ",\"proto\":%u,\"share\":%.5f", sorted[i].proto,
			(double)sorted[i].n / N_DRAWN);
		json_three(out, "packets", p);
		json_three(out, "payload", b);
		json_three(out, "duration", d);
		fputs("}", out);
	}
	fputs("],\"parents\":{", out);
	for (uint32_t c = 0; c < FLOW_N_COLUMNS; c++) {
		const struct bayes_node *node = &flows->net.nodes[c];

		fprintf(out, "%s\"%s\":[", c == 0 ? "" : ",", names[c]);
		for (uint32_t p = 0; p < node->n_parents; p++)
			fprintf(out, "%s\"%s\"", p == 0 ? "" : ",", names[node->parents[p]]);
		fputs("]", out);
	}
	fputs("}}\n", out);
	return ferror(out) ? -EIO : 0;
}

static int explain(const struct bayes_flows *flows, const struct host_set *hosts, FILE *out,
		   bool json)
{
	CLEANUP(freep) int64_t *scratch = mem_array(N_DRAWN, sizeof(*scratch));
	CLEANUP(freep) struct group *sorted = NULL;
	CLEANUP(sample_done) struct sample s = { 0 };

	if (scratch == NULL || group_kinds(&s, flows) < 0)
		return -ENOMEM;
	draw(&s, flows);
	for (int i = 0; i < N_DRAWN; i++)
		s.groups[s.flows[i].service].n++;
	sorted = mem_array(s.n_groups, sizeof(*sorted));
	if (sorted == NULL)
		return -ENOMEM;
	for (uint32_t g = 0; g < s.n_groups; g++) {
		sorted[g] = s.groups[g];
		sorted[g].number = g;
	}
	qsort(sorted, s.n_groups, sizeof(*sorted), compare_groups);
	return json ? print_json(flows, &s, sorted, scratch, out)
		    : print_text(flows, &s, sorted, scratch, hosts, out);
}

int bayes_flows_explain(const struct bayes_flows *flows, const struct host_set *hosts, FILE *out,
			bool json)
{
	if (!json)
		print_head(flows, hosts, out);
	return explain(flows, hosts, out, json);
}

int bayes_flows_explain_tables(const struct bayes_flows *flows, const struct host_set *hosts,
			       FILE *out)
{
	return explain(flows, hosts, out, false);
}
