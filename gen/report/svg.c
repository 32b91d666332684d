/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/svg.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gen/report/html.h"
#include "gen/report/svg_colour.h"

enum { NAME_BYTES = 32, VIEW_BYTES = 64 };

/* What an element becomes. */
enum fate { KEEP, UNWRAP /* its children only */, DROP /* with all in it */ };

struct cleaner {
	const char *at;
	const char *alt, *style;
	FILE *out;
	struct err *err;
	char names[SVG_LIMIT_DEPTH][NAME_BYTES]; /* of the open elements */
	enum fate fates[SVG_LIMIT_DEPTH];
	size_t depth;
	size_t n_dropping; /* open elements that are dropped */
	size_t n_text;	   /* open <text> */
	bool had_svg;
	/* An empty group draws nothing, and gnuplot writes many: a start tag waits for content. */
	char *waiting;
	size_t n_waiting;
	bool is_waiting;
};

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

static enum fate fate_of(const char *name)
{
	static const char *const kept[] = { "svg",	"g",	"path",	 "polygon",
					    "polyline", "line", "rect",	 "ellipse",
					    "circle",	"text", "tspan", NULL };

	return is_one_of(name, kept) ? KEEP : strcmp(name, "a") == 0 ? UNWRAP : DROP;
}

static int bad(const struct cleaner *c, const char *what)
{
	return err_set(c->err, -EINVAL, "the picture drawn is not well-formed SVG: %s", what);
}

/* Copies a name of letters and such; its length, 0 for none, or too long. */
static size_t take_name(struct cleaner *c, char ret_name[NAME_BYTES])
{
	size_t n = 0;

	while (isalnum((unsigned char)c->at[n]) || strchr("-_:", c->at[n] != '\0' ? c->at[n] : '"'))
		n++;
	if (n == 0 || n >= NAME_BYTES)
		return 0;
	memcpy(ret_name, c->at, n);
	ret_name[n] = '\0';
	c->at += n;
	return n;
}

static void skip_blanks(struct cleaner *c)
{
	while (isspace((unsigned char)*c->at))
		c->at++;
}

/* Geometry is written in these characters; whatever holds another is left out. */
static bool is_plain(const char *value, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)value[i]) && !isspace((unsigned char)value[i]) &&
		    strchr(".,+-()%#", value[i]) == NULL)
			return false;
	}
	return true;
}

static void put_attribute(FILE *tag, const char *name, const char *value, size_t n)
{
	static const char *const kept[] = { "d",
					    "points",
					    "x",
					    "y",
					    "x1",
					    "y1",
					    "x2",
					    "y2",
					    "cx",
					    "cy",
					    "r",
					    "rx",
					    "ry",
					    "width",
					    "height",
					    "transform",
					    "fill-opacity",
					    "stroke-opacity",
					    "stroke-width",
					    "stroke-dasharray",
					    "stroke-linecap",
					    "stroke-linejoin",
					    "text-anchor",
					    "font-size",
					    "font-weight",
					    "shape-rendering",
					    NULL };
	static const char *const colours[] = { "fill", "stroke", "color", NULL };
	char colour[SVG_COLOUR_BYTES];

	if (is_one_of(name, colours) && svg_colour(value, n, colour))
		fprintf(tag, " %s=\"%s\"", name, colour);
	if (!is_one_of(name, kept) || !is_plain(value, n))
		return;
	fprintf(tag, " %s=\"", name);
	for (size_t i = 0; i < n; i++) {
		if (!isspace((unsigned char)value[i]))
			fputc(value[i], tag);
		else if (i > 0 && i + 1 < n && !isspace((unsigned char)value[i - 1]))
			fputc(' ', tag);
	}
	fputc('"', tag);
}

/* Reads attributes up to the end of the tag; ret_view gets the viewBox, if there is one. */
static int take_attributes(struct cleaner *c, FILE *tag, char ret_view[VIEW_BYTES],
			   bool *ret_closed)
{
	char name[NAME_BYTES];

	for (;;) {
		const char *value, *end;

		skip_blanks(c);
		*ret_closed = *c->at == '/';
		if (*ret_closed)
			c->at++;
		if (*c->at == '>') {
			c->at++;
			return 0;
		}
		if (*ret_closed || take_name(c, name) == 0)
			return bad(c, "an attribute without a name");
		skip_blanks(c);
		if (*c->at != '=')
			return bad(c, "an attribute without a value");
		c->at++;
		skip_blanks(c);
		end = *c->at == '"' || *c->at == '\'' ? strchr(c->at + 1, *c->at) : NULL;
		if (end == NULL)
			return bad(c, "a value without quotes");
		value = c->at + 1;
		c->at = end + 1;
		if (strcmp(name, "viewBox") == 0 && is_plain(value, (size_t)(end - value)))
			snprintf(ret_view, VIEW_BYTES, "%.*s", (int)(end - value), value);
		put_attribute(tag, name, value, (size_t)(end - value));
	}
}

static void put_waiting(struct cleaner *c)
{
	if (c->is_waiting)
		fwrite(c->waiting, 1, c->n_waiting, c->out);
	c->is_waiting = false;
}

/* The root gets its size from the page. */
static int put_root(struct cleaner *c, const char *view)
{
	if (c->had_svg || view[0] == '\0')
		return bad(c, c->had_svg ? "an svg in an svg" : "no viewBox");
	c->had_svg = true;
	fprintf(c->out, "<svg viewBox=\"%s\" role=\"img\" ", view);
	if (c->style != NULL)
		fprintf(c->out, "style=\"%s\" ", c->style);
	fputs("aria-label=\"", c->out);
	html_text(c->out, c->alt);
	fputs("\">", c->out);
	return 0;
}

static int open_element(struct cleaner *c, const char *name, enum fate fate, const char *attributes,
			size_t n_attributes, const char *view)
{
	put_waiting(c);
	if (strcmp(name, "svg") == 0)
		return put_root(c, view);
	if (!c->had_svg)
		return bad(c, "no svg around it");
	if (fate != KEEP)
		return 0;
	c->is_waiting = strcmp(name, "g") == 0;
	if (c->is_waiting) {
		free(c->waiting);
		c->n_waiting = n_attributes + 4;
		c->waiting = malloc(c->n_waiting);
		if (c->waiting == NULL)
			return err_no_memory(c->err);
		memcpy(c->waiting, "<g", 2);
		memcpy(c->waiting + 2, attributes, n_attributes);
		memcpy(c->waiting + 2 + n_attributes, ">\n", 2);
		return 0;
	}
	fprintf(c->out, "<%s", name);
	fwrite(attributes, 1, n_attributes, c->out);
	fputc('>', c->out);
	return 0;
}

static int close_element(struct cleaner *c, const char *name)
{
	enum fate fate;

	if (c->depth == 0 || strcmp(c->names[c->depth - 1], name) != 0)
		return bad(c, "an end without its beginning");
	fate = c->fates[--c->depth];
	if (fate == DROP)
		c->n_dropping--;
	if (fate != KEEP || c->n_dropping > 0)
		return 0;
	if (c->is_waiting) {
		c->is_waiting = false;
		return 0;
	}
	c->n_text -= strcmp(name, "text") == 0;
	fprintf(c->out, "</%s>\n", name);
	return 0;
}

static int start_tag(struct cleaner *c)
{
	char name[NAME_BYTES], view[VIEW_BYTES] = "", *attributes = NULL;
	size_t n_attributes = 0;
	bool closed = false, lost;
	FILE *tag;
	int r;

	if (take_name(c, name) == 0)
		return bad(c, "an element without a name");
	if (c->depth >= SVG_LIMIT_DEPTH)
		return bad(c, "nested too deep");
	tag = open_memstream(&attributes, &n_attributes);
	if (tag == NULL)
		return err_no_memory(c->err);
	r = take_attributes(c, tag, view, &closed);
	lost = ferror(tag) != 0;
	lost |= fclose(tag) != 0 || attributes == NULL; /* glibc may fail without a word */
	if (r == 0 && lost)
		r = err_no_memory(c->err);
	if (r == 0) {
		memcpy(c->names[c->depth], name, sizeof(name));
		c->fates[c->depth] = fate_of(name);
		c->n_dropping += c->fates[c->depth] == DROP;
		c->depth++;
		if (c->n_dropping == 0) {
			r = open_element(c, name, c->fates[c->depth - 1], attributes, n_attributes,
					 view);
			c->n_text += strcmp(name, "text") == 0;
		}
		if (r == 0 && closed)
			r = close_element(c, name);
	}
	free(attributes);
	return r;
}

/* Comments, processing instructions and declarations; what is between < and the end goes. */
static int skip_to(struct cleaner *c, const char *end)
{
	const char *found = strstr(c->at, end);

	if (found == NULL)
		return bad(c, "it ends within a comment");
	c->at = found + strlen(end);
	return 0;
}

static int end_tag(struct cleaner *c)
{
	char name[NAME_BYTES];

	if (take_name(c, name) == 0)
		return bad(c, "an end without a name");
	skip_blanks(c);
	if (*c->at++ != '>')
		return bad(c, "an end with attributes");
	return close_element(c, name);
}

/* Text is escaped as it comes, but for ">", which SVG allows. */
static void put_text(struct cleaner *c)
{
	const bool shown = c->n_text > 0 && c->n_dropping == 0;

	while (*c->at != '\0' && *c->at != '<') {
		size_t n = utf8_shown(c->at);

		if (shown && *c->at == '>')
			fputs("&gt;", c->out);
		else if (shown && n > 0)
			fwrite(c->at, 1, n, c->out);
		c->at += n > 0 ? n : 1;
	}
}

static int next_token(struct cleaner *c)
{
	if (*c->at != '<') {
		put_text(c);
		return 0;
	}
	c->at++;
	if (strncmp(c->at, "!--", 3) == 0)
		return skip_to(c, "-->");
	if (*c->at == '?')
		return skip_to(c, "?>");
	if (*c->at == '!')
		return skip_to(c, ">");
	if (*c->at == '/') {
		c->at++;
		return end_tag(c);
	}
	return start_tag(c);
}

int svg_inline(const char *svg, const char *alt, const char *style, FILE *out, struct err *err)
{
	struct cleaner c = { .at = svg, .alt = alt, .style = style, .out = out, .err = err };
	int r = 0;

	while (r == 0 && *c.at != '\0')
		r = next_token(&c);
	free(c.waiting);
	if (r == 0 && (c.depth > 0 || !c.had_svg))
		r = bad(&c, "it ends too early");
	return r;
}

void svg_natural_width(const char *svg, char *ret_style, size_t size)
{
	const char *view = strstr(svg, "viewBox=\"");
	double width;

	ret_style[0] = '\0';
	if (view != NULL && sscanf(view, "viewBox=\"%*f %*f %lf", &width) == 1 && width > 0 &&
	    width < 1e6)
		snprintf(ret_style, size, "width: %.1frem", width / 12);
}
