/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/features.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"
#include "base/ns.h"
#include "flow/host.h"
#include "flow/host_group.h"

bool eval_feature_is_code(enum eval_feature feature)
{
	return feature <= EVAL_F_DST_PORT ||
	       (feature >= EVAL_F_LAST_SERVICE && feature <= EVAL_F_LAST_OPEN);
}

int eval_local_init(struct eval_local *local, const char *const *texts, size_t n, struct err *err)
{
	static const char *const usual[] = { "10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16",
					     "169.254.0.0/16", "fc00::/7",	"fe80::/10",
					     "2001:db8:1::/64" };
	const size_t n_usual = sizeof(usual) / sizeof(usual[0]);

	if (n > EVAL_LIMIT_LOCAL - n_usual)
		return err_set(err, -E2BIG, "more than %zu prefixes", EVAL_LIMIT_LOCAL - n_usual);
	for (size_t i = 0; i < n_usual + n; i++) {
		int r = ip_prefix_parse(i < n_usual ? usual[i] : texts[i - n_usual],
					&local->prefixes[i], err);

		if (r < 0)
			return r;
	}
	local->n = n_usual + n;
	return 0;
}

int eval_matrix_init(struct eval_matrix *matrix, size_t n_rows, size_t n_columns, struct err *err)
{
	*matrix = (struct eval_matrix) { n_rows, n_columns, NULL };
	if (n_columns > 0 && n_rows <= SIZE_MAX / n_columns)
		matrix->values = mem_array(n_rows * n_columns, sizeof(*matrix->values));
	return matrix->values != NULL ? 0 : err_no_memory(err);
}

void eval_matrix_done(struct eval_matrix *matrix)
{
	free(matrix->values);
	memset(matrix, 0, sizeof(*matrix));
}

static float log_of(double x)
{
	return x > 0 ? (float)det_log2(1 + x) : 0;
}

static float scope_of(const struct ip_addr *addr, const struct eval_local *local)
{
	if (ip_is_multicast(addr) || ip_is_unspecified(addr) || host_group_name(addr) != NULL)
		return HOST_GROUP;
	for (size_t i = 0; i < local->n; i++) {
		if (ip_prefix_holds(&local->prefixes[i], addr))
			return HOST_LOCAL;
	}
	return HOST_INTERNET;
}

/* Where ports that mean something end, and those that Linux and that others draw from begin. */
static float port_class(uint16_t port)
{
	return (float)((port > 0) + (port > 1023) + (port > 32767) + (port > 49151));
}

static void put_kind(const struct eval_source *source, uint32_t i, float *values)
{
	const struct flow_record *r = &source->table->rows[i];
	bool has_ports = r->proto != IPPROTO_ICMP && r->proto != IPPROTO_ICMPV6;

	values[EVAL_F_PROTO] = r->proto;
	values[EVAL_F_SERVICE] = (float)source->rows->codes[EVAL_SERVICE][i];
	values[EVAL_F_STATE] = r->state;
	values[EVAL_F_IP_VERSION] = r->src.version;
	values[EVAL_F_SRC_SCOPE] = scope_of(&r->src, source->local);
	values[EVAL_F_DST_SCOPE] = scope_of(&r->dst, source->local);
	values[EVAL_F_SRC_PORT] = has_ports ? port_class(r->src_port) : 0;
	values[EVAL_F_DST_PORT] = has_ports ? port_class(r->dst_port) : 0;
	for (int bit = 0; bit < 8; bit++)
		values[EVAL_F_FIN + bit] = (float)(r->flags >> bit & 1);
}

static void put_sizes(const struct flow_record *r, float *values)
{
	double fwd = (double)r->fwd_packets, bwd = (double)r->bwd_packets;
	double duration = (double)r->duration_ns, gaps = fwd + bwd - 1;

	values[EVAL_F_DURATION] = log_of(duration / NS_PER_MS);
	values[EVAL_F_FWD_PACKETS] = log_of(fwd);
	values[EVAL_F_BWD_PACKETS] = log_of(bwd);
	values[EVAL_F_FWD_BYTES] = log_of((double)r->fwd_bytes);
	values[EVAL_F_BWD_BYTES] = log_of((double)r->bwd_bytes);
	values[EVAL_F_FWD_PAYLOAD] = log_of((double)r->fwd_payload);
	values[EVAL_F_BWD_PAYLOAD] = log_of((double)r->bwd_payload);
	values[EVAL_F_FWD_MEAN] = fwd > 0 ? log_of((double)r->fwd_bytes / fwd) : 0;
	values[EVAL_F_BWD_MEAN] = bwd > 0 ? log_of((double)r->bwd_bytes / bwd) : 0;
	values[EVAL_F_PACE] = gaps > 0 ? log_of(duration / gaps / NS_PER_US) : 0;
}

static void put_context(const struct eval_source *source, uint32_t i, float *values)
{
	const struct flow_record *rows = source->table->rows, *r = &rows[i];
	uint32_t last = source->context->before[EVAL_CLIENT][i];

	for (int p = 0; p < EVAL_N_PARTIES; p++) {
		uint32_t before = source->context->before[p][i];
		int64_t gap = before == EVAL_NO_ROW ? EVAL_CONTEXT_NS
						    : r->start_ns - rows[before].start_ns;

		values[EVAL_F_CLIENT_GAP + p] = log_of((double)gap / NS_PER_MS);
		values[EVAL_F_CLIENT_FLOWS + p] = log_of((double)source->context->n_before[p][i]);
	}
	if (last == EVAL_NO_ROW) {
		for (int f = EVAL_F_LAST_SERVICE; f <= EVAL_F_LAST_OPEN; f++)
			values[f] = NAN;
		return;
	}
	values[EVAL_F_LAST_SERVICE] = (float)source->rows->codes[EVAL_SERVICE][last];
	values[EVAL_F_LAST_STATE] = rows[last].state;
	values[EVAL_F_LAST_SERVER] = source->context->before[EVAL_PAIR][i] == last;
	values[EVAL_F_LAST_OPEN] = rows[last].duration_ns > r->start_ns - rows[last].start_ns;
}

static void put_heads(const struct eval_heads *heads, float *values)
{
	for (uint32_t p = 0; p < EVAL_HEAD_PACKETS; p++) {
		const struct eval_head *head = &heads->packets[p];
		float *of_packet = values + p * EVAL_N_HEAD_FEATURES;

		if (p >= heads->n) {
			for (int f = 0; f < EVAL_N_HEAD_FEATURES; f++)
				of_packet[f] = NAN;
			continue;
		}
		of_packet[0] = head->direction;
		of_packet[1] = head->ip_bytes;
		of_packet[2] = head->gap;
		of_packet[3] = head->flags;
		of_packet[4] = head->window;
	}
}

void eval_features(const struct eval_source *source, uint32_t i, float *ret_values)
{
	put_kind(source, i, ret_values);
	put_sizes(&source->table->rows[i], ret_values);
	put_context(source, i, ret_values);
	if (source->heads != NULL)
		put_heads(&source->heads[i], ret_values + EVAL_N_FLOW_FEATURES);
}
