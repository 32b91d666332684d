/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 (RFC 9112): one request per run of the client, one response per run of the server, each
 * exactly as long as the run: the path, the reason or the body take up the rest.
 */
#include "packet/payload_makers.h"
#include "packet/payload_noise.h"
#include "packet/payload_stream.h"
#include "packet/payload_writer.h"

enum {
	REQUEST_LEAST = 18,  /* GET / HTTP/1.0 and two line ends */
	RESPONSE_LEAST = 17, /* HTTP/1.1 204 and two line ends, a reason of length 0 */
	PATH_LIMIT = 300,
	REASON_LIMIT = 120,
	FIRST_SEGMENT_LEAST = 60,
	LAYOUTS = 7, /* ways of laying out the same length */
};

static const char *const request_lines[] = {
	"Host: www.example.net\r\n",
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0\r\n",
	"Accept: */*\r\n",
	"Accept-Language: en-US,en;q=0.5\r\n",
	"Accept-Encoding: gzip, deflate\r\n",
	"Connection: keep-alive\r\n",
	"Cache-Control: no-cache\r\n",
};

/* In the order of enum habit_field, after HABIT_FIELD_OTHER. */
static const char *const response_lines[] = {
	"Server: nginx/1.22.1\r\n",
	"Connection: keep-alive\r\n",
	"Accept-Ranges: bytes\r\n",
	"Cache-Control: max-age=3600\r\n",
};

enum { N_REQUEST_LINES = 7, N_RESPONSE_LINES = 4 };

static uint32_t http_plan(const struct stream_plan *plan, uint16_t *ret_kind)
{
	*ret_kind = 0;
	return stream_one_per_run(plan,
				  plan->direction == STEP_FORWARD ? REQUEST_LEAST : RESPONSE_LEAST,
				  STREAM_LIMIT_MESSAGE);
}

static uint32_t n_digits(uint32_t v)
{
	uint32_t n = 1;

	for (; v >= 10; v /= 10)
		n++;
	return n;
}

/* The body length that makes head (without the digits) and body n bytes; *ret_pad bytes (0 or 1)
 * are left over where the number of digits changes. */
static uint32_t body_bytes(uint32_t n, uint32_t n_head, uint32_t *ret_pad)
{
	uint32_t body = n - n_head - 1;

	while (body > 0 && n_head + n_digits(body) + body > n)
		body--;
	*ret_pad = n - n_head - n_digits(body) - body;
	return body;
}

static void put_path(struct writer *w, uint32_t n)
{
	static const char words[] = "assets/2024/lib/index/media/items/static/pages/query-";

	for (uint32_t at = 0; at < n;) {
		uint32_t part = (uint32_t)sizeof(words) - 1;

		part = part < n - at ? part : n - at;
		put_bytes(w, words, part);
		at += part;
	}
}

/* How many of the lines, from `first` on and round, go into `room` bytes; adds up their length. */
static uint32_t lines_within(const char *const *lines, uint32_t n_lines, uint32_t first,
			     uint32_t room, uint32_t *ret_bytes)
{
	uint32_t k = 0;

	*ret_bytes = 0;
	for (; k < n_lines; k++) {
		uint32_t n = (uint32_t)strlen(lines[(first + k) % n_lines]);

		if (*ret_bytes + n > room)
			break;
		*ret_bytes += n;
	}
	return k;
}

static void put_lines(struct writer *w, const char *const *lines, uint32_t n_lines, uint32_t first,
		      uint32_t k)
{
	for (uint32_t i = 0; i < k; i++)
		put_text(w, lines[(first + i) % n_lines]);
}

static const char post_type[] = "Content-Type: application/octet-stream\r\nContent-Length: ";

static void put_post(struct writer *w, uint32_t n, uint32_t n_lines_bytes, uint32_t layout)
{
	uint32_t n_head = (uint32_t)strlen("POST /api HTTP/1.1\r\n\r\n\r\n") + n_lines_bytes +
			  (uint32_t)strlen(post_type);
	uint32_t pad;
	uint32_t body = body_bytes(n - layout, n_head, &pad);

	put_text(w, "POST /api");
	put_repeat(w, 's', pad + layout);
	put_text(w, " HTTP/1.1\r\n");
	put_lines(w, request_lines, N_REQUEST_LINES, 0, N_REQUEST_LINES);
	put_text(w, post_type);
	put_decimal(w, body);
	put_text(w, "\r\n\r\n");
}

/* Layout: so many lines less, and a longer path; or so much more of a path. */
static void put_request(struct writer *w, uint32_t n, uint32_t layout)
{
	uint32_t rest = n > REQUEST_LEAST ? n - REQUEST_LEAST : 0;
	uint32_t n_bytes;
	uint32_t k = lines_within(request_lines, N_REQUEST_LINES, 0, rest, &n_bytes);

	if (k == N_REQUEST_LINES && rest - n_bytes > PATH_LIMIT) {
		put_post(w, n, n_bytes, layout);
		return;
	}
	k = lines_within(request_lines, k < layout ? 0 : k - layout, 0, rest, &n_bytes);
	put_text(w, "GET /");
	put_path(w, rest - n_bytes);
	put_text(w, k == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
	put_lines(w, request_lines, N_REQUEST_LINES, 0, k);
	put_text(w, "\r\n");
}

static void put_body_lines(struct writer *w, uint32_t body)
{
	put_text(w, post_type);
	put_decimal(w, body);
	put_text(w, "\r\n");
}

/* Layout: so much more of a reason. The field of that name comes first. */
static void put_response(struct writer *w, uint32_t n, uint32_t layout, int field)
{
	const bool type_first = field == HABIT_FIELD_CONTENT_TYPE;
	const uint32_t first = type_first || field == HABIT_FIELD_OTHER ? 0 : (uint32_t)field - 1;

	static const char status[] = "HTTP/1.1 200 OK\r\n";
	uint32_t n_least = (uint32_t)(strlen(status) + strlen(post_type) + strlen("\r\n\r\n"));
	uint32_t n_bytes, k, pad, body;

	if (n < REASON_LIMIT) {
		static const char reason[] = "No Content";
		uint32_t rest = n > RESPONSE_LEAST ? n - RESPONSE_LEAST : 0;

		put_text(w, "HTTP/1.1 204 ");
		put_bytes(w, reason, rest < 10 ? rest : 10);
		put_repeat(w, '.', rest < 10 ? 0 : rest - 10);
		put_text(w, "\r\n\r\n");
		return;
	}
	k = lines_within(response_lines, N_RESPONSE_LINES, first, n - n_least - 12 - layout,
			 &n_bytes);
	body = body_bytes(n - layout, n_least + n_bytes, &pad);
	put_text(w, "HTTP/1.1 200 OK");
	put_repeat(w, '.', pad + layout);
	put_text(w, "\r\n");
	if (type_first)
		put_body_lines(w, body);
	put_lines(w, response_lines, N_RESPONSE_LINES, first, k);
	if (!type_first)
		put_body_lines(w, body);
	put_text(w, "\r\n");
}

/* tshark takes a segment that begins with a line end for a message of its own. */
static bool cut_before_line_end(const struct stream_cuts *cuts, const struct writer *w)
{
	uint32_t n = w->n < w->room ? w->n : w->room;

	for (uint32_t k = 0; k < STREAM_CUTS && cuts->at[k] != 0; k++)
		if (cuts->at[k] + 1u < n && w->bytes[cuts->at[k]] == '\r')
			return true;
	return false;
}

static uint32_t http_head(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes)
{
	const struct build_side *side = &flow->side[direction];
	struct writer w = { ret_bytes, 0, STREAM_HEAD_LIMIT };
	struct stream_cuts cuts = stream_cuts_kept(flow, direction);
	const int field = direction == STEP_FORWARD
				  ? HABIT_FIELD_OTHER
				  : payload_habit(flow, direction, HABIT_HTTP_FIELD,
						  side->n_messages, HABIT_FIELD_OTHER);
	uint32_t layout = 0;

	do {
		w.n = 0;
		if (direction == STEP_FORWARD)
			put_request(&w, side->message_bytes, layout);
		else
			put_response(&w, side->message_bytes, layout, field);
	} while (cut_before_line_end(&cuts, &w) && layout++ < LAYOUTS);
	return w.n < w.room ? w.n : w.room;
}

static const struct stream_ops http_stream = {
	.filler = STREAM_BODY,
	.plan = http_plan,
	.head = http_head,
};

static void http_fill(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		      uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	(void)time_ns;
	if (flow->side[steps[i].direction].message_left == 0) {
		struct stream_cuts cuts = stream_cuts_after(steps, n_steps, i);

		stream_cuts_keep(flow, steps[i].direction, &cuts);
	}
	stream_fill(flow, &http_stream, steps, n_steps, i, ret_bytes);
}

/* Dissectors know these for HTTP, whatever the first segment is. */
static bool is_known_port(uint16_t port)
{
	static const uint16_t known[] = { 80, 1900, 2869, 3128, 5985, 8080, 8088, 11371 };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == port)
			return true;
	return false;
}

/* On ports tshark does not know HTTP by, it goes by the first segment: that has a whole line. */
static uint32_t http_fit(const struct build_flow *flow, const struct automaton_step *steps,
			 uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max)
{
	(void)n_steps;
	(void)max;
	if (n >= FIRST_SEGMENT_LEAST || is_known_port(flow->record.dst_port))
		return n;
	for (uint32_t j = i; j-- > 0;)
		if (steps[j].direction == steps[i].direction && steps[j].payload_bytes > 0)
			return n;
	return FIRST_SEGMENT_LEAST;
}

const struct payload_ops payload_http_ops = { .name = "http",
					      .fit = http_fit,
					      .fill = http_fill,
					      .habits = PAYLOAD_HABITS_BODY |
							PAYLOAD_HABIT(HABIT_HTTP_FIELD) };
