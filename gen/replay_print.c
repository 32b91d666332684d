/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/replay_print.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/ns.h"

/* In the order of enum sink_failure. */
static const struct {
	const char *key, *text;
} causes[SINK_N_FAILURES] = {
	{ "too_long", "longer than the MTU allows" },
	{ "no_room", "no room in the interface's queue" },
	{ "link_down", "the link went down" },
	{ "gone", "the interface vanished" },
	{ "refused", "refused by the kernel or the driver" },
};

static const struct {
	const char *key;
	uint32_t per_100k;
} quantiles[] = { { "p50", 50000 }, { "p99", 99000 }, { "p99.9", 99900 } };

enum { N_QUANTILES = sizeof(quantiles) / sizeof(quantiles[0]) };

static const char *port_name(const struct replay_plan *plan, uint32_t i)
{
	if (plan->dry_run)
		return "dry run";
	return plan->ports[i].interface != NULL ? plan->ports[i].interface : plan->sink->name;
}

static void print_port(const struct replay_account *a, uint32_t i, FILE *out)
{
	const struct sink_counters *c = &a->ports[i];

	fprintf(out, "%s%s%s: %" PRIu64 " asked, %" PRIu64 " handed over", port_name(a->plan, i),
		a->plan->ports[i].netns != NULL ? "@" : "",
		a->plan->ports[i].netns != NULL ? a->plan->ports[i].netns : "", c->n_frames,
		c->n_handed);
	if (c->confirms)
		fprintf(out, ", %" PRIu64 " confirmed", c->n_confirmed);
	fputc('\n', out);
	for (int k = 0; k < SINK_N_FAILURES; k++)
		if (c->failed[k] > 0)
			fprintf(out, "  %" PRIu64 " not sent: %s\n", c->failed[k], causes[k].text);
	if (c->n_dropped > 0)
		fprintf(out, "  %" PRIu64 " dropped by the interface after it took them\n",
			c->n_dropped);
	if (c->confirms && c->n_confirmed > c->n_handed)
		fprintf(out, "  others sent %" PRIu64 " frames there meanwhile\n",
			c->n_confirmed - c->n_handed);
	if (c->confirms && c->n_confirmed < c->n_handed)
		fprintf(out, "  %" PRIu64 " handed over, but not confirmed\n",
			c->n_handed - c->n_confirmed);
}

static void print_lateness(const struct lateness *l, FILE *out)
{
	char text[NS_TEXT_BYTES];

	if (l->n == 0)
		return;
	fprintf(out, "late by");
	for (int i = 0; i < N_QUANTILES; i++)
		fprintf(out, " %s %s,", quantiles[i].key,
			ns_format_duration(lateness_quantile(l, quantiles[i].per_100k), text));
	fprintf(out, " at most %s\n", ns_format_duration(l->max_ns, text));
}

static double per_second(double count, int64_t ns)
{
	return ns > 0 ? count * 1e9 / (double)ns : 0;
}

void replay_print_summary(const struct replay_account *a, FILE *out)
{
	const struct player *p = &a->player;
	char text[NS_TEXT_BYTES];

	fprintf(out, "%" PRIu64 " frames, %" PRIu64 " bytes in %s: %.0f/s, %.3f Mbit/s (L2)\n",
		p->n_asked, p->asked_bytes, ns_format_duration(a->played_ns, text),
		per_second((double)p->n_asked, a->played_ns),
		per_second(8e-6 * (double)p->asked_bytes, a->played_ns));
	for (uint32_t i = 0; i < a->plan->n_ports; i++)
		print_port(a, i, out);
	if (p->n_too_late > 0)
		fprintf(out, "  %" PRIu64 " not sent: too late\n", p->n_too_late);
	print_lateness(&p->lateness, out);
	if (p->pacer.n_stalls > 0)
		fprintf(out, "shifted %" PRIu64 " times, by %s in all\n", p->pacer.n_stalls,
			ns_format_duration(p->pacer.stalled_ns, text));
	if (a->source.n_shortened > 0)
		fprintf(out, "%" PRIu64 " pauses were shortened, by %s in all\n",
			a->source.n_shortened, ns_format_duration(a->source.shortened_ns, text));
	if (a->source.n_cut > 0)
		fprintf(out, "%" PRIu64 " frames were cut by their capture's snaplen\n",
			a->source.n_cut);
	if (a->source.n_backwards > 0)
		fprintf(out, "%" PRIu64 " frames had a time before an earlier one's\n",
			a->source.n_backwards);
	if (a->interrupted)
		fprintf(out, "interrupted\n");
}

static void json_port(const struct replay_account *a, uint32_t i, FILE *out)
{
	const struct sink_counters *c = &a->ports[i];

	fprintf(out, "{\"name\":");
	json_put_string(out, port_name(a->plan, i));
	if (a->plan->ports[i].netns != NULL) {
		fprintf(out, ",\"netns\":");
		json_put_string(out, a->plan->ports[i].netns);
	}
	fprintf(out,
		",\"sink\":\"%s\",\"asked\":%" PRIu64 ",\"asked_bytes\":%" PRIu64
		",\"handed_over\":%" PRIu64 ",\"handed_over_bytes\":%" PRIu64 ",\"confirmed\":",
		a->plan->sink->name, c->n_frames, c->n_bytes, c->n_handed, c->handed_bytes);
	if (c->confirms)
		fprintf(out, "%" PRIu64, c->n_confirmed);
	else
		fprintf(out, "null");
	fprintf(out, ",\"dropped\":%" PRIu64 ",\"failed\":{", c->n_dropped);
	for (int k = 0; k < SINK_N_FAILURES; k++)
		fprintf(out, "%s\"%s\":%" PRIu64, k > 0 ? "," : "", causes[k].key, c->failed[k]);
	fprintf(out, "}}");
}

void replay_print_json(const struct replay_account *a, bool final, FILE *out)
{
	const struct player *p = &a->player;
	char text[NS_TEXT_BYTES];

	fprintf(out, "{\"final\":%s,\"interrupted\":%s,\"whole\":%s,\"played_s\":%s",
		final ? "true" : "false", a->interrupted ? "true" : "false",
		a->whole ? "true" : "false", ns_format_seconds(a->played_ns, text));
	fprintf(out,
		",\"frames\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"too_late\":%" PRIu64
		",\"missing\":%" PRIu64 ",\"interfaces\":[",
		p->n_asked, p->asked_bytes, p->n_too_late, replay_missing(a));
	for (uint32_t i = 0; i < a->plan->n_ports; i++) {
		if (i > 0)
			fputc(',', out);
		json_port(a, i, out);
	}
	fprintf(out, "],\"late_ns\":{");
	for (int i = 0; i < N_QUANTILES; i++)
		fprintf(out, "\"%s\":%" PRId64 ",", quantiles[i].key,
			lateness_quantile(&p->lateness, quantiles[i].per_100k));
	fprintf(out,
		"\"max\":%" PRId64 "},\"shifts\":%" PRIu64 ",\"shifted_s\":%s,\"cut\":%" PRIu64
		",\"backwards\":%" PRIu64,
		p->lateness.max_ns, p->pacer.n_stalls, ns_format_seconds(p->pacer.stalled_ns, text),
		a->source.n_cut, a->source.n_backwards);
	fprintf(out, ",\"shortened\":%" PRIu64 ",\"shortened_s\":%s", a->source.n_shortened,
		ns_format_seconds(a->source.shortened_ns, text));
	if (a->result[0] != '\0') {
		fprintf(out, ",\"result\":");
		json_put_string(out, a->result);
	}
	fprintf(out, "}\n");
	fflush(out);
}
