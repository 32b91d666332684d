/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/page.h"

#include <stdarg.h>

#include "config.h"
#include "gen/report/html.h"

void page_begin(FILE *out, const char *title, const char *kicker)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      /* Whatever slipped through could still load and run nothing. */
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"generator\" content=\"sosie " SOSIE_VERSION "\">\n<title>",
	      out);
	html_text(out, title);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n<header>\n",
		report_style);
	fputs("<p class=\"kicker\">", out);
	html_text(out, kicker);
	fputs("</p>\n<h1>", out);
	html_text(out, title);
	fputs("</h1>\n</header>\n", out);
}

void page_end(FILE *out)
{
	fputs("<footer>\n<p>Made by sosie " SOSIE_VERSION ". This page is complete: it loads "
	      "nothing from anywhere.</p>\n</footer>\n</main>\n</body>\n</html>\n",
	      out);
}

void page_section_begin(FILE *out, const char *title, const char *intro)
{
	fputs("<section>\n<h2>", out);
	html_text(out, title);
	fputs("</h2>\n", out);
	if (intro == NULL)
		return;
	fputs("<p class=\"intro\">", out);
	html_text(out, intro);
	fputs("</p>\n", out);
}

void page_section_end(FILE *out)
{
	fputs("</section>\n", out);
}

void page_grid_begin(FILE *out, const char *kind)
{
	fprintf(out, "<div class=\"grid %s\">\n", kind);
}

void page_grid_end(FILE *out)
{
	fputs("</div>\n", out);
}

void page_figure_begin(FILE *out, const char *title)
{
	fputs("<figure>\n<h3>", out);
	html_text(out, title);
	fputs("</h3>\n<div class=\"picture\">", out);
}

void page_figure_end(FILE *out, const char *caption)
{
	fputs("</div>\n<figcaption>", out);
	html_text(out, caption);
	fputs("</figcaption>\n</figure>\n", out);
}

void page_fact(FILE *out, const char *name, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fputs("<div><dt>", out);
	html_text(out, name);
	fputs("</dt><dd>", out);
	html_text(out, text);
	fputs("</dd></div>\n", out);
}

void page_legend(FILE *out)
{
	fputs("<p class=\"legend\"><span class=\"key real\">real</span> "
	      "<span class=\"key synth\">synthetic</span></p>\n",
	      out);
}
