/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/picture_model.h"

#include <stdlib.h>

#include "base/conn.h"
#include "base/mem.h"
#include "flow/service.h"
#include "gen/report/child.h"
#include "gen/report/page.h"

static int dot_text(const struct automaton *a, char **ret_text, size_t *ret_n, struct err *err)
{
	FILE *dot = open_memstream(ret_text, ret_n);
	int r;

	if (dot == NULL)
		return err_no_memory(err);
	r = automaton_dot(a, dot); /* sees the stream's errors */
	return fclose(dot) == 0 && r == 0 && *ret_text != NULL ? 0 : err_no_memory(err);
}

int picture_automaton(const struct automaton *a, const struct canvas *canvas, struct err *err)
{
	static const char *const argv[] = { "dot",
					    "-Tsvg",
					    "-Gbgcolor=transparent",
					    "-Nfontname=sans-serif",
					    "-Nfontsize=11",
					    "-Efontname=sans-serif",
					    "-Efontsize=10",
					    "-Nwidth=0.35",
					    "-Nheight=0.35",
					    "-Nmargin=0.03",
					    NULL };
	const struct child dot = { argv, "graphviz", canvas->interrupted };
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *svg = NULL;
	char proto[PROTO_TEXT_BYTES], title[160], alt[256], style[64];
	size_t n_text = 0, n_svg = 0;
	int r = dot_text(a, &text, &n_text, err);

	if (r == 0)
		r = child_run(&dot, text, n_text, &svg, &n_svg, err);
	if (r < 0)
		return r;
	snprintf(title, sizeof(title), "%s/%s ending as %s", a->service,
		 proto_format(a->proto, proto), conn_state_name((enum conn_state)a->state));
	snprintf(alt, sizeof(alt), "Automaton of %s: %u states, %u edges.", title, a->n_states,
		 a->n_edges);
	page_figure_begin(canvas->page, title);
	svg_natural_width(svg, style, sizeof(style));
	r = svg_inline(svg, alt, style, canvas->page, err);
	page_figure_end(canvas->page,
			"Follow the thick edges from 0, the usual course; a flow may end at a "
			"double circle.");
	return r < 0 ? err_wrap(err, r, "automaton '%s'", title) : 0;
}
