/* SPDX-License-Identifier: Apache-2.0 */
/* sosie replay: captures played onto a wire, at the pace asked for. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ns.h"
#include "conf/option.h"
#include "gen/cmd.h"
#include "gen/interrupt.h"
#include "gen/progress.h"
#include "gen/replay.h"
#include "gen/replay_edit.h"
#include "gen/replay_print.h"
#include "gen/wire.h"

enum stats_choice { STATS_TEXT, STATS_JSON };

struct settings {
	const char *interface, *interface2, *sink, *split;
	const char *mark, *ttl, *vlan;
	struct option_strings macs, ip_maps, port_maps;
	const char *speed, *pps, *mbps, *from, *to;
	int64_t loop_delay_ns, limit_ns, tolerance_ns, stall_ns, max_gap_ns;
	uint64_t n_loops, limit_frames, dscp, mtu;
	int late, stats, mtu_policy;
	bool to_ethernet, unique_ip, fix_checksums, topspeed, l2, preload, gate, qdisc_bypass,
		dry_run, quiet, verbose;
};

static const char *const late_names[] = { "catch-up", "shift", "drop", NULL };
/* In the order of enum rewrite_mtu. */
static const char *const mtu_names[] = { "pass", "segment", "fragment", "truncate", "drop", NULL };
static const char *const stats_names[] = { "text", "json", NULL };

#define AT(field) offsetof(struct settings, field)
static const struct option_spec specs[] = {
	{ "interface", 'i', OPTION_STRING, AT(interface), "IFACE[@NETNS]",
	  "where frames leave; in a network namespace after '@'", .group = "Where" },
	{ "interface2", 'I', OPTION_STRING, AT(interface2), "IFACE[@NETNS]",
	  "where the other side's frames leave", .group = "Where" },
	{ "sink", 0, OPTION_STRING, AT(sink), "SINK",
	  "af_packet (default), dpdk[:ARGUMENTS], pcap:FILE, null or digest", .group = "Where" },
	{ "qdisc-bypass", 0, OPTION_FLAG, AT(qdisc_bypass), NULL,
	  "around the interface's queueing discipline, and so around its limits",
	  .group = "Where" },
	{ "gate", 0, OPTION_FLAG, AT(gate), NULL,
	  "with two interfaces: a frame waits until the other confirms all before it; slow",
	  .group = "Where" },
	{ "speed", 0, OPTION_STRING, AT(speed), "F",
	  "times the captures' own pace (default 1; 0.5 is half as fast)", .group = "Pace" },
	{ "pps", 0, OPTION_STRING, AT(pps), "N", "packets per second, fractions too",
	  .group = "Pace" },
	{ "mbps", 0, OPTION_STRING, AT(mbps), "N",
	  "million bits per second, on the wire: with preamble, FCS and gap (L1)",
	  .group = "Pace" },
	{ "l2", 0, OPTION_FLAG, AT(l2), NULL, "--mbps counts frames as captured only",
	  .group = "Pace" },
	{ "topspeed", 0, OPTION_FLAG, AT(topspeed), NULL, "as fast as it goes", .group = "Pace" },
	{ "max-gap", 0, OPTION_DURATION, AT(max_gap_ns), "TIME",
	  "shorten longer pauses of the captures to this; before --speed", .min = 1,
	  .max = INT64_MAX / 4, .group = "Pace" },
	{ "late", 0, OPTION_CHOICE, AT(late), "POLICY",
	  "a late frame is sent and made up for (catch-up), moves all after it (shift), or is not "
	  "sent (drop)",
	  .choices = late_names, .group = "Pace" },
	{ "tolerance", 0, OPTION_DURATION, AT(tolerance_ns), "TIME",
	  "shift, drop: a frame is not late up to this", .max = INT64_MAX / 4, .group = "Pace" },
	{ "stall", 0, OPTION_DURATION, AT(stall_ns), "TIME",
	  "catch-up: what is later was held up, and is not made up for", .min = 1,
	  .max = INT64_MAX / 4, .group = "Pace" },
	{ "from", 0, OPTION_STRING, AT(from), "TIME", "play frames from this instant (UTC) on",
	  .group = "What" },
	{ "to", 0, OPTION_STRING, AT(to), "TIME", "play frames before this instant (UTC)",
	  .group = "What" },
	{ "limit", 0, OPTION_COUNT, AT(limit_frames), "N", "stop after N frames", .min = 1,
	  .max = INT64_MAX, .group = "What" },
	{ "duration", 'd', OPTION_DURATION, AT(limit_ns), "TIME", "stop after playing so long",
	  .min = 1, .max = INT64_MAX / 4, .group = "What" },
	{ "loop", 0, OPTION_COUNT, AT(n_loops), "N", "play N times; 0: until stopped",
	  .max = INT64_MAX, .group = "What" },
	{ "loop-delay", 0, OPTION_DURATION, AT(loop_delay_ns), "TIME",
	  "from the last frame to the first of the next loop", .max = INT64_MAX / 4,
	  .group = "What" },
	{ "preload", 0, OPTION_FLAG, AT(preload), NULL, "read everything into memory first",
	  .group = "What" },
	{ "split", 0, OPTION_STRING, AT(split), "HOW",
	  "which frames leave by -I: auto (who did not speak first), cidr:NET,.. (all but these), "
	  "port (the lower port's side), mac:MAC,.. (all but these), cache:FILE (tcpprep's)",
	  .group = "Two sides" },
	{ "to-ethernet", 0, OPTION_FLAG, AT(to_ethernet), NULL,
	  "give frames of other link types an Ethernet header", .group = "Rewriting" },
	{ "mac", 0, OPTION_STRINGS, AT(macs), "[2:]src=MAC|dst=MAC",
	  "set a MAC address; 2: of what leaves by -I; repeatable", .group = "Rewriting" },
	{ "vlan", 0, OPTION_STRING, AT(vlan), "add:ID|set:ID|del", "the outermost 802.1Q tag",
	  .group = "Rewriting" },
	{ "ip-map", 0, OPTION_STRINGS, AT(ip_maps), "OLD/N=NEW/N",
	  "change the first N bits of addresses, also in ARP and ICMP errors; repeatable, the "
	  "first "
	  "that fits counts",
	  .group = "Rewriting" },
	{ "port-map", 0, OPTION_STRINGS, AT(port_maps), "OLD[-LAST]=NEW",
	  "change TCP and UDP ports; repeatable", .group = "Rewriting" },
	{ "unique-ip", 0, OPTION_FLAG, AT(unique_ip), NULL,
	  "other addresses in each loop: its number is added", .group = "Rewriting" },
	{ "ttl", 0, OPTION_STRING, AT(ttl), "N|+N|-N", "set or change TTL and hop limit",
	  .group = "Rewriting" },
	{ "dscp", 0, OPTION_COUNT, AT(dscp), "N", "set the DSCP", .max = 63, .group = "Rewriting" },
	{ "fix-checksums", 0, OPTION_FLAG, AT(fix_checksums), NULL,
	  "make wrong checksums right, where all they cover is there", .group = "Rewriting" },
	{ "mtu", 0, OPTION_COUNT, AT(mtu), "N", "IP packet length for --mtu-policy", .min = 576,
	  .max = 65535, .group = "Rewriting" },
	{ "mtu-policy", 0, OPTION_CHOICE, AT(mtu_policy), "POLICY",
	  "of longer packets: pass (the sink counts them), segment (TCP), fragment, truncate or "
	  "drop",
	  .choices = mtu_names, .group = "Rewriting" },
	{ "mark", 0, OPTION_STRING, AT(mark), "MARK",
	  "none or evil-bit[:LABEL/MASK]; sosie unmark takes it off", .group = "Rewriting" },
	{ "stats", 0, OPTION_CHOICE, AT(stats), "FORMAT",
	  "json: a line of counters on stdout every second and at the end", .choices = stats_names,
	  .group = "Run" },
	{ "dry-run", 0, OPTION_FLAG, AT(dry_run), NULL,
	  "open and read everything, send nothing, say what would be", .group = "Run" },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "no progress and no summary",
	  .group = "Run" },
	{ "verbose", 'v', OPTION_FLAG, AT(verbose), NULL,
	  "progress also when stderr is no terminal", .group = "Run" },
};
enum { N_SPECS = sizeof(specs) / sizeof(specs[0]) };

static const char usage[] = "sosie replay CAPTURE... (-i IFACE[@NETNS] | --sink SINK) [OPTION...]";
static const char about[] =
	"Plays captures: each frame leaves when it is due, and the account at the end says what "
	"truly left, and how late. Exit status 1 when not all that was asked for left.";

struct run {
	struct settings settings;
	struct replay_plan plan;
	struct replay_edit edit;
	struct rewrite_options rewrite;
	struct progress *progress;
	char names[PLAYER_MAX_PORTS][WIRE_NAME_BYTES];
};

/* A decimal above 0 with up to six digits after the point, in millionths. */
static int parse_micro(const char *what, const char *text, uint64_t *ret_micro, struct err *err)
{
	int64_t nano;

	if (ns_parse_seconds(text, strlen(text), &nano) < 0 || nano < 1000)
		return err_set(err, -EINVAL,
			       "--%s: '%s' is not a number from 0.000001 to 9000000000", what,
			       text);
	*ret_micro = (uint64_t)nano / 1000;
	return 0;
}

static int parse_pace(const struct settings *s, struct pace *pace, struct err *err)
{
	int n = (s->speed != NULL) + (s->pps != NULL) + (s->mbps != NULL) + s->topspeed;

	if (n > 1)
		return err_set(err, -EINVAL, "--speed, --pps, --mbps, --topspeed: one of them");
	if (s->l2 && s->mbps == NULL)
		return err_set(err, -EINVAL, "--l2 says what --mbps counts");
	if (s->max_gap_ns > 0 && n > 0 && s->speed == NULL)
		return err_set(err, -EINVAL,
			       "--max-gap is for the captures' own pace, and --speed");
	*pace = (struct pace) {
		.mode = s->topspeed	  ? PACE_TOP
			: s->mbps != NULL ? PACE_BITS
			: s->pps != NULL  ? PACE_PACKETS
					  : PACE_ORIGINAL,
		.late = (enum pace_late)s->late,
		.rate = PACE_MICRO,
		.l2 = s->l2,
		.tolerance_ns = s->tolerance_ns,
		.stall_ns = s->stall_ns,
	};
	/* A million bits in millionths is bits. */
	if (s->mbps != NULL)
		return parse_micro("mbps", s->mbps, &pace->rate, err);
	if (s->pps != NULL)
		return parse_micro("pps", s->pps, &pace->rate, err);
	return s->speed != NULL ? parse_micro("speed", s->speed, &pace->rate, err) : 0;
}

static int parse_ports(struct run *run, struct err *err)
{
	const struct settings *s = &run->settings;
	int r = 0;

	run->plan.n_ports = 1;
	if (s->interface2 != NULL && s->interface == NULL)
		return err_set(err, -EINVAL, "-I is a second interface: -i is missing");
	if (s->interface != NULL)
		r = wire_interface(s->interface, run->names[0], &run->plan.ports[0], err);
	if (r == 0 && s->interface2 != NULL) {
		r = wire_interface(s->interface2, run->names[1], &run->plan.ports[1], err);
		run->plan.n_ports = 2;
	}
	if (r == 0 && (s->gate || s->split != NULL) && s->interface2 == NULL)
		return err_set(err, -EINVAL, "--%s is for two interfaces: -I is missing",
			       s->gate ? "gate" : "split");
	return r;
}

static int parse_sink(struct run *run, struct err *err)
{
	const struct settings *s = &run->settings;
	const char *name = s->sink != NULL ? s->sink : "af_packet";
	struct replay_plan *plan = &run->plan;
	int r = 0;

	if (s->sink == NULL && s->interface == NULL)
		return err_set(err, -EINVAL,
			       "where to? -i IFACE, or --sink pcap:FILE, null or digest");
	for (uint32_t i = 0; r == 0 && i < plan->n_ports; i++) {
		plan->ports[i].qdisc_bypass = s->qdisc_bypass;
		plan->ports[i].stop = plan->stop;
		r = wire_sink(name, &plan->sink, &plan->ports[i], err);
	}
	if (r < 0)
		return r;
	if (plan->sink->is_wire && s->interface == NULL && plan->ports[0].arguments == NULL)
		return err_set(err, -EINVAL, "sink %s needs an interface: -i IFACE", name);
	if (!plan->sink->is_wire && s->interface != NULL)
		return err_set(err, -EINVAL, "sink %s has no interface: -i is too much", name);
	if (s->stats == STATS_JSON && plan->ports[0].path != NULL &&
	    strcmp(plan->ports[0].path, "-") == 0)
		return err_set(err, -EINVAL,
			       "the capture and --stats json cannot both go to stdout");
	return 0;
}

static int parse_window(const struct settings *s, struct source_options *source, struct err *err)
{
	int r = 0;

	source->from_ns = INT64_MIN;
	source->to_ns = INT64_MAX;
	if (s->from != NULL)
		r = ns_parse_time(s->from, &source->from_ns, err);
	if (r < 0)
		return err_wrap(err, r, "--from");
	if (s->to != NULL)
		r = ns_parse_time(s->to, &source->to_ns, err);
	if (r < 0)
		return err_wrap(err, r, "--to");
	if (source->from_ns >= source->to_ns)
		return err_set(err, -EINVAL, "--from %s is not before --to %s", s->from, s->to);
	return 0;
}

static int parse_each(const struct option_strings *texts,
		      int (*fn)(const char *, struct rewrite_options *, struct err *),
		      struct rewrite_options *rewrite, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < texts->n; i++)
		r = fn(texts->items[i], rewrite, err);
	return r;
}

static int parse_rewrite(struct run *run, uint64_t given, struct err *err)
{
	const struct settings *s = &run->settings;
	struct rewrite_options *o = &run->rewrite;
	int r = parse_each(&s->macs, rewrite_parse_mac, o, err);

	if (r == 0)
		r = parse_each(&s->ip_maps, rewrite_parse_ip_map, o, err);
	if (r == 0)
		r = parse_each(&s->port_maps, rewrite_parse_port_map, o, err);
	if (r == 0 && s->vlan != NULL)
		r = rewrite_parse_vlan(s->vlan, o, err);
	if (r == 0 && s->ttl != NULL)
		r = rewrite_parse_ttl(s->ttl, o, err);
	if (r == 0 && s->mark != NULL)
		r = mark_parse(s->mark, &o->mark, err);
	o->dscp = option_given(specs, N_SPECS, given, "dscp") ? (int)s->dscp : -1;
	o->unique = s->unique_ip;
	o->fix_checksums = s->fix_checksums;
	o->mtu = (uint32_t)s->mtu;
	o->mtu_policy = (enum rewrite_mtu)s->mtu_policy;
	if (r == 0 && s->unique_ip && s->preload)
		return err_set(err, -EINVAL,
			       "--unique-ip changes every loop, --preload plays what is in memory: "
			       "one of them");
	return r;
}

static bool wants_rewrite(const struct run *run)
{
	const struct settings *s = &run->settings;
	const struct rewrite_options *o = &run->rewrite;

	return s->to_ethernet || s->macs.n > 0 || o->vlan != REWRITE_VLAN_KEEP || o->n_maps > 0 ||
	       o->n_ports > 0 || o->unique || o->ttl != REWRITE_TTL_KEEP || o->dscp >= 0 ||
	       o->mtu_policy != REWRITE_MTU_PASS || o->mark.on || o->fix_checksums;
}

/* What needs memory and files, once the command line is known to be right. */
static int open_edit(struct run *run, struct err *err)
{
	const struct settings *s = &run->settings;
	int r = 0;

	if (run->plan.n_ports > 1)
		r = split_new(s->split != NULL ? s->split : "auto", &run->edit.split, err);
	if (r == 0 && wants_rewrite(run))
		r = rewrite_new(&run->rewrite, &run->edit.rewrite, err);
	run->plan.feed.edit = replay_edit_frame;
	run->plan.feed.context = &run->edit;
	return r;
}

static void print_edit(const struct run *run)
{
	struct rewrite_counters c = { .n_frames = 0 };

	if (run->edit.rewrite != NULL)
		c = rewrite_count(run->edit.rewrite);
	if (run->edit.n_unsent > 0)
		fprintf(stderr, "%" PRIu64 " frames left out by the split\n", run->edit.n_unsent);
	if (c.n_fixed > 0)
		fprintf(stderr, "%" PRIu64 " frames had a wrong checksum, which was mended\n",
			c.n_fixed);
	if (c.n_no_link > 0)
		fprintf(stderr, "%" PRIu64 " frames left out: no Ethernet header fits them\n",
			c.n_no_link);
	if (c.n_segmented + c.n_fragmented + c.n_truncated + c.n_dropped > 0)
		fprintf(stderr,
			"longer than the MTU: %" PRIu64 " segmented, %" PRIu64
			" fragmented, %" PRIu64 " truncated, %" PRIu64 " dropped\n",
			c.n_segmented, c.n_fragmented, c.n_truncated, c.n_dropped);
}

static void on_look(void *context, const struct replay_account *account)
{
	struct run *run = context;

	if (run->settings.stats == STATS_JSON)
		replay_print_json(account, false, stdout);
	if (run->progress != NULL)
		progress_update(run->progress, account->done, account->player.n_asked,
				account->player.asked_bytes);
}

static int on_preload(void *context, double done, uint64_t n_bytes)
{
	struct run *run = context;

	if (run->progress != NULL)
		progress_update(run->progress, done, 0, n_bytes);
	return atomic_load(run->plan.stop) ? -EINTR : 0;
}

static int plan(struct run *run, const struct option_strings *paths, uint64_t given,
		struct err *err)
{
	const struct settings *s = &run->settings;
	struct replay_plan *p = &run->plan;
	int r;

	p->stop = interrupt_flag();
	p->gate = s->gate;
	p->dry_run = s->dry_run;
	p->limit_frames = s->limit_frames;
	p->limit_ns = s->limit_ns;
	p->look = on_look;
	p->context = run;
	p->look_ns = s->stats == STATS_JSON ? NS_PER_S : 100 * NS_PER_MS;
	p->feed.preload = s->preload;
	p->feed.stop = p->stop;
	p->feed.look = on_preload;
	p->feed.look_context = run;
	p->feed.source.paths = paths->items;
	p->feed.source.n_paths = paths->n;
	p->feed.source.n_loops = s->n_loops;
	p->feed.source.loop_delay_ns = s->loop_delay_ns;
	p->feed.source.max_gap_ns = s->max_gap_ns;
	if (paths->n == 0)
		return err_set(err, -EINVAL, "no capture to play");
	r = parse_pace(s, &p->pace, err);
	if (r == 0)
		r = parse_ports(run, err);
	if (r == 0)
		r = parse_sink(run, err);
	if (r == 0)
		r = parse_rewrite(run, given, err);
	return r < 0 ? r : parse_window(s, &p->feed.source, err);
}

/* The run has ended, well or not: its account, and the exit status. */
static int report(struct run *run, const struct replay_account *account, int r,
		  const struct err *err)
{
	const struct settings *s = &run->settings;

	progress_freep(&run->progress);
	if (r == -EINTR) {
		fprintf(stderr, "sosie replay: interrupted before the first frame\n");
		return 130;
	}
	if (account->player.begun && !s->quiet) {
		replay_print_summary(account, stderr);
		print_edit(run);
	}
	if (account->player.begun && s->stats == STATS_JSON)
		replay_print_json(account, true, stdout);
	if (r < 0) {
		fprintf(stderr, "sosie replay: %s\n", err->text);
		return 1;
	}
	if (!account->player.begun && !account->interrupted) {
		fprintf(stderr, "sosie replay: no frames to play\n");
		return 1;
	}
	/* Nothing but JSON goes between its lines. */
	if (account->result[0] != '\0' && s->stats != STATS_JSON &&
	    (printf("%s\n", account->result) < 0 || fflush(stdout) != 0)) {
		fprintf(stderr, "sosie replay: stdout: %s\n", strerror(errno));
		return 1;
	}
	if (account->interrupted)
		return 130;
	return replay_missing(account) > 0 ? 1 : 0;
}

static const struct verb verb = { "replay", specs, N_SPECS, usage, about };

int cmd_replay(int argc, char **argv)
{
	static const struct settings defaults = { .n_loops = 1, .stall_ns = NS_PER_S, .mtu = 1500 };
	uint64_t given = 0;
	struct run run = { .settings = defaults };
	struct option_strings paths = { NULL, 0, 0 };
	struct replay_account account = { .done = -1 };
	struct err err = { "" };
	int r = option_parse(specs, N_SPECS, argc, argv, &run.settings, &paths, &given, &err);
	int status;

	if (r == 0)
		r = plan(&run, &paths, given, &err);
	status = verb_answer(&verb, r, &defaults, &err);
	if (status == VERB_WORKS) {
		if (!run.settings.quiet)
			r = progress_new("replay", run.settings.verbose, &run.progress, &err);
		if (r == 0)
			r = open_edit(&run, &err);
		if (r == 0)
			r = replay_run(&run.plan, &account, &err);
		status = report(&run, &account, r, &err);
	}
	split_freep(&run.edit.split);
	rewrite_freep(&run.edit.rewrite);
	option_strings_done(&paths);
	option_done(specs, N_SPECS, &run.settings);
	return status;
}
