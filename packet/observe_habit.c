/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/observe_habit.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "automata/automaton.h"
#include "base/conn.h"
#include "base/mem.h"
#include "flow/service.h"
#include "packet/payload_makers.h"
#include "packet/payload_tls.h"
#include "packet/wire.h"

enum {
	PORT_DNS = 53,
	PORT_NTP = 123,
	PORT_MDNS = 5353,
	DNS_HEADER_BYTES = 12,
	NTP_BYTES = 48,
	LEAST_SAMPLE = 16,
};

/* Everything of one service and protocol. */
struct habit_service {
	char name[AUTOMATON_SERVICE_BYTES];
	uint8_t proto;
	bool unknown;	 /* a service without a name */
	uint32_t habits; /* as in struct payload_ops */
	struct habit_table table;
};

struct habit_observer {
	struct habit_service **services;
	size_t n_services, services_capacity;
	bool out_of_memory;
};

int habit_observer_new(struct habit_observer **ret_observer, struct err *err)
{
	*ret_observer = mem_array(1, sizeof(**ret_observer));
	return *ret_observer == NULL ? err_no_memory(err) : 0;
}

void habit_observer_freep(struct habit_observer **observer)
{
	if (*observer == NULL)
		return;
	for (size_t i = 0; i < (*observer)->n_services; i++)
		free((*observer)->services[i]);
	free((*observer)->services);
	free(*observer);
	*observer = NULL;
}

int habit_observer_check(const struct habit_observer *observer, struct err *err)
{
	return observer->out_of_memory ? err_no_memory(err) : 0;
}

static struct habit_service *find(const struct habit_observer *observer, const char *name,
				  uint8_t proto)
{
	for (size_t i = 0; i < observer->n_services; i++) {
		struct habit_service *service = observer->services[i];

		if (service->proto == proto && strcmp(service->name, name) == 0)
			return service;
	}
	return NULL;
}

const struct habit_table *habit_observer_result(const struct habit_observer *observer,
						const char *service, uint8_t proto)
{
	const struct habit_service *found = find(observer, service, proto);

	return found == NULL ? NULL : &found->table;
}

/* Makers of services without a name go by ports; of these the usual one asks for most. */
static uint32_t habits_asked_for(const struct packet_view *view, bool unknown)
{
	struct flow_record record = { .proto = view->proto,
				      .src_port = view->src_port,
				      .dst_port = view->dst_port,
				      .service = "-" };

	return unknown ? payload_opaque_ops.habits : payload_choose(&record)->habits;
}

static struct habit_service *find_or_add(struct habit_observer *observer,
					 const struct packet_view *view)
{
	const char *name = service_name(view->proto, view->src_port, view->dst_port);
	const uint8_t proto = view->proto;
	struct habit_service *service = find(observer, name, proto);
	int r;

	if (service != NULL || strlen(name) >= sizeof(service->name))
		return service;
	r = mem_grow(&observer->services, &observer->services_capacity, observer->n_services + 1,
		     sizeof(struct habit_service *), HABIT_SERVICES);
	if (r == 0)
		service = mem_array(1, sizeof(*service));
	if (service == NULL) {
		observer->out_of_memory = observer->out_of_memory || r != -E2BIG;
		return NULL;
	}
	memcpy(service->name, name, strlen(name) + 1);
	service->proto = proto;
	service->unknown = strcmp(name, "-") == 0;
	service->habits = habits_asked_for(view, service->unknown);
	observer->services[observer->n_services++] = service;
	return service;
}

static void count(const struct habit_sight *sight, bool backward, int habit, uint32_t value)
{
	if ((sight->service->habits & PAYLOAD_HABIT(habit)) != 0)
		habit_count(&sight->service->table, backward, habit, value);
}

/* Random bytes rarely repeat and half of them are high; text is what a person can read. */
static enum habit_filler filler_of(const uint8_t *bytes, uint32_t n)
{
	bool seen[UINT8_MAX + 1] = { false };
	uint32_t n_distinct = 0, n_high = 0, n_text = 0;

	for (uint32_t i = 0; i < n; i++) {
		const enum sketch_kind kind = sketch_kind_of(bytes[i]);

		n_distinct += !seen[bytes[i]];
		seen[bytes[i]] = true;
		n_high += bytes[i] >= 128;
		n_text += kind == SKETCH_KIND_WHITE ||
			  (kind >= SKETCH_KIND_DIGIT && kind <= SKETCH_KIND_SIGN);
	}
	if (n_text * 16 >= n * 15)
		return HABIT_TEXT;
	return n_distinct * 4 >= n * 3 && n_high * 3 >= n && n_high * 3 <= n * 2 ? HABIT_NOISE
										 : HABIT_PLAIN;
}

/* bytes begin at place 0 modulo HABIT_WORD of the segment. */
static void count_filler(struct habit_sight *sight, bool backward, const uint8_t *bytes, uint32_t n)
{
	enum habit_filler filler;

	n = n < HABIT_SAMPLE ? n : HABIT_SAMPLE;
	if (n < LEAST_SAMPLE)
		return;
	filler = filler_of(bytes, n);
	count(sight, backward, HABIT_FILLER, filler);
	if (filler != HABIT_PLAIN)
		return;
	for (uint32_t i = 0; i < n; i++)
		count(sight, backward, HABIT_BYTE + (int)(i % HABIT_WORD), habit_cell(bytes[i]));
}

static_assert(HABIT_STARTS % HABIT_WORD == 0, "filler after them begins a word");

static void unknown_payload(struct habit_sight *sight, bool backward, const uint8_t *bytes,
			    uint32_t n)
{
	for (uint32_t i = 0; i < HABIT_STARTS; i++)
		count(sight, backward, HABIT_START + (int)i,
		      i < n ? sketch_kind_of(bytes[i]) : SKETCH_KIND_NONE);
	if (n > HABIT_STARTS)
		count_filler(sight, backward, bytes + HABIT_STARTS, n - HABIT_STARTS);
}

static uint32_t n_bits(uint32_t value)
{
	return value == 0 ? 0 : 32 - (uint32_t)__builtin_clz(value);
}

static void datagram(struct habit_sight *sight, bool backward, const struct packet_view *view)
{
	const uint16_t port = backward ? view->src_port : view->dst_port;
	const uint8_t *bytes = view->payload;
	const uint32_t n = view->n_payload;

	if (port == PORT_DNS && n >= DNS_HEADER_BYTES && !backward)
		count(sight, backward, HABIT_DNS_ID, n_bits((uint32_t)bytes[0] << 8 | bytes[1]));
	if (port == PORT_MDNS && n >= DNS_HEADER_BYTES)
		count(sight, backward, HABIT_DNS_ANSWER, bytes[2] >> 7);
	if (port == PORT_NTP && n >= NTP_BYTES) {
		const int precision = -(int8_t)bytes[3];

		count(sight, backward, HABIT_NTP_POLL, bytes[2]);
		if (precision >= 0)
			count(sight, backward, HABIT_NTP_PRECISION, (uint32_t)precision);
	}
}

/* Within a run: whether records begin with segments; the version is that of records in clear and of
 * data, for a first hello says another. */
static void tls_segment(struct habit_sight *sight, bool backward, const struct packet_view *view)
{
	const bool begins = tls_begins_record(view->payload, view->n_payload);

	if (sight->run_bytes == 0 && begins)
		sight->tls = true;
	if (!sight->tls)
		return;
	if (begins && view->payload[0] != TLS_HANDSHAKE)
		count(sight, backward, HABIT_TLS_VERSION, view->payload[2]);
	if (sight->run_bytes > 0)
		count(sight, backward, HABIT_TLS_CUT, begins);
}

static enum habit_field field_of(const uint8_t *bytes, uint32_t n)
{
	static const char *const names[HABIT_N_FIELDS] = {
		[HABIT_FIELD_SERVER] = "server:",
		[HABIT_FIELD_CONNECTION] = "connection:",
		[HABIT_FIELD_ACCEPT_RANGES] = "accept-ranges:",
		[HABIT_FIELD_CACHE_CONTROL] = "cache-control:",
		[HABIT_FIELD_CONTENT_TYPE] = "content-type:",
	};

	for (int f = 0; f < HABIT_N_FIELDS; f++) {
		if (names[f] != NULL && n > strlen(names[f]) &&
		    strncasecmp(names[f], (const char *)bytes, strlen(names[f])) == 0)
			return (enum habit_field)f;
	}
	return HABIT_FIELD_OTHER;
}

/* Answers of HTTP: the field after the status line, which may have a segment of its own. */
static void http_segment(struct habit_sight *sight, const struct packet_view *view)
{
	const uint8_t *bytes = view->payload, *end;
	const uint32_t n = view->n_payload;

	if (sight->run_bytes == 0) {
		sight->line_alone = false;
		if (n < 9 || memcmp(bytes, "HTTP/1.", 7) != 0)
			return;
		end = memchr(bytes, '\n', n);
		if (end == NULL)
			return;
		end++;
		sight->line_alone = end == bytes + view->payload_bytes;
		if (end < bytes + n)
			count(sight, true, HABIT_HTTP_FIELD,
			      field_of(end, n - (uint32_t)(end - bytes)));
	} else if (sight->line_alone) {
		sight->line_alone = false;
		count(sight, true, HABIT_HTTP_FIELD, field_of(bytes, n));
	}
}

static void segment(struct habit_sight *sight, bool backward, const struct packet_view *view)
{
	tls_segment(sight, backward, view);
	if (backward)
		http_segment(sight, view);
	if (sight->run_bytes >= HABIT_HEAD && !sight->tls)
		count_filler(sight, backward, view->payload, view->n_payload);
}

void habit_observer_packet(struct habit_observer *observer, struct habit_sight *sight,
			   const struct packet_view *view, bool backward)
{
	const bool tcp = view->proto == PROTO_TCP;

	if (sight->refused || view->n_payload == 0 || view->fragment_offset > 0 ||
	    (!tcp && view->proto != PROTO_UDP) || (tcp && (view->tcp_flags & TCP_RST) != 0))
		return;
	if (sight->service == NULL)
		sight->service = find_or_add(observer, view);
	sight->refused = sight->service == NULL;
	if (sight->refused)
		return;
	if (sight->run_direction != backward) {
		sight->run_direction = backward;
		sight->run_bytes = 0;
	}
	if (sight->service->unknown)
		unknown_payload(sight, backward, view->payload, view->n_payload);
	else if (tcp)
		segment(sight, backward, view);
	else
		datagram(sight, backward, view);
	sight->run_bytes += view->payload_bytes;
}
