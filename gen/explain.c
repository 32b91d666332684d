/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "flow/service.h"

int explain_summary(const struct model *model, FILE *out)
{
	int r = model_explain_card(model, out);

	fputc('\n', out);
	if (r == 0)
		r = schedule_explain(&model->schedule, out);
	fputc('\n', out);
	if (r == 0)
		r = model->flow_ops->explain(model->flow, &model->hosts, out, FLOW_EXPLAIN_SUMMARY);
	fprintf(out,
		"\nMore: sosie show %s hosts | patterns | schedule | automata | automaton "
		"SERVICE[/STATE]\n",
		model->name);
	return r < 0 ? r : ferror(out) ? -EIO : 0;
}

int explain_summary_json(const struct model *model, FILE *out)
{
	int r;

	fprintf(out, "{\"name\": ");
	json_put_string(out, model->name);
	fprintf(out,
		", \"flows\": %" PRIu64 ", \"packets\": %" PRIu64
		", \"hosts\": %zu, \"automata\": %zu, \"flow_model\": \"%s\", "
		"\"occurrences_per_second\": %.6f, \"model\": ",
		model->n_flows, model->n_packets, model->hosts.n_hosts, model->bank.n,
		model->flow_ops->name, schedule_mean_hz(&model->schedule));
	r = model->flow_ops->explain(model->flow, &model->hosts, out, FLOW_EXPLAIN_JSON);
	fprintf(out, "}\n");
	return r < 0 ? r : ferror(out) ? -EIO : 0;
}

int explain_hosts(const struct model *model, FILE *out)
{
	char addr[IP_TEXT_BYTES];

	fprintf(out, "%-16s %-9s %-12s %-26s %4s %5s %5s %s\n", "host", "where", "role", "address",
		"ttl", "mss", "scale", "options");
	for (size_t i = 0; i < model->hosts.n_hosts; i++) {
		const struct host *h = &model->hosts.hosts[i];

		fprintf(out, "%-16s %-9s %-12s %-26s", h->name, host_scope_name(h->scope), h->role,
			ip_format(&h->addr, addr));
		if (h->scope == HOST_GROUP)
			fprintf(out, "\n");
		else
			fprintf(out, " %4u %5u %5d %s%s\n", h->stack.ttl, h->stack.mss,
				h->stack.window_scale, h->stack.sack ? "sack " : "",
				h->stack.timestamps ? "timestamps" : "");
	}
	return ferror(out) ? -EIO : 0;
}

int explain_automata(const struct model *model, FILE *out)
{
	char proto[PROTO_TEXT_BYTES];

	fprintf(out, "%-16s %-5s %-7s %9s %7s %6s %12s\n", "service", "proto", "ends as", "flows",
		"states", "edges", "most packets");
	for (size_t i = 0; i < model->bank.n; i++) {
		const struct automaton *a = model->bank.automata[i];

		fprintf(out, "%-16s %-5s %-7s %9u %7u %6u %12u\n", a->service,
			proto_format(a->proto, proto), conn_state_name(a->state), a->n_words,
			a->n_states, a->n_edges, a->max_packets);
	}
	return ferror(out) ? -EIO : 0;
}

int explain_automaton(const struct model *model, const char *which, bool dot, FILE *out,
		      struct err *err)
{
	const char *slash = strchr(which, '/');
	const size_t n_service = slash != NULL ? (size_t)(slash - which) : strlen(which);
	const int state = slash != NULL ? conn_state_parse(slash + 1) : -1;
	const struct automaton *best = NULL;

	if (slash != NULL && state < 0)
		return err_set(err, -ENOENT,
			       "'%s': no such end state; S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH "
			       "SH SHR OTH",
			       slash + 1);
	for (size_t i = 0; i < model->bank.n; i++) {
		const struct automaton *a = model->bank.automata[i];

		if (strlen(a->service) != n_service || strncmp(a->service, which, n_service) != 0 ||
		    (state >= 0 && a->state != state))
			continue;
		if (best == NULL || a->n_words > best->n_words)
			best = a;
	}
	if (best == NULL)
		return err_set(err, -ENOENT,
			       "no automaton '%s' in the model; 'sosie show %s automata' lists "
			       "them",
			       which, model->name);
	return dot ? automaton_dot(best, out) : automaton_explain(best, out);
}
