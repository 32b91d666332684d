/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of any origin on their way into a page: HTML, gnuplot's scripts, SVG, and other programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/ns.h"
#include "gen/report/child.h"
#include "gen/report/html.h"
#include "gen/report/plot.h"
#include "gen/report/svg.h"
#include "gen/report/words.h"

static void assert_html(const char *text, const char *expected)
{
	char *html = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&html, &n);

	html_text(out, text);
	fclose(out);
	assert_string_equal(html, expected);
	free(html);
}

static void html_escapes(void **state)
{
	(void)state;
	assert_html("<script>\"x\" & 'y'</script>",
		    "&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt;");
	assert_html("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_html("a\nb\x1b", "a\xef\xbf\xbd"
				"b\xef\xbf\xbd");
	/* Overlong, surrogate, cut off, beyond U+10FFFF, right-to-left override. */
	assert_html("\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd");
	assert_html("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_html("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd");
	assert_html("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_html("\xe2\x80\xae", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void assert_plot_string(const char *text, const char *expected)
{
	char *script = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&script, &n);

	plot_string(out, text);
	fclose(out);
	assert_string_equal(script, expected);
	free(script);
}

static void gnuplot_strings_mean_themselves(void **state)
{
	(void)state;
	assert_plot_string("it's 5 %", "'it''s 5 %%'");
	assert_plot_string("`id`", "'\xcb\x8bid\xcb\x8b'");
	assert_plot_string("a\n!id", "'a\xef\xbf\xbd!id'");
	assert_plot_string("0123456789012345678901234", "'012345678901234567890123\xe2\x80\xa6'");
}

static int inline_of(const char *svg, char **ret_html)
{
	size_t n = 0;
	FILE *out = open_memstream(ret_html, &n);
	int r = svg_inline(svg, "a \"b\"", NULL, out, NULL);

	fclose(out);
	return r;
}

static void assert_svg(const char *svg, const char *expected)
{
	char *html = NULL;

	assert_int_equal(inline_of(svg, &html), 0);
	assert_string_equal(html, expected);
	free(html);
}

#define ROOT(inside) "<svg viewBox='0 0 4 3'>" inside "</svg>"
#define HEAD	     "<svg viewBox=\"0 0 4 3\" role=\"img\" aria-label=\"a &quot;b&quot;\">"

static void svg_lets_shapes_and_text_through(void **state)
{
	(void)state;
	assert_svg("<?xml version='1.0'?>\n<!DOCTYPE svg>\n<!-- <x> -->" ROOT(
			   "<g id='x' fill='none'><path d='M 0,1\n  L2,3 ' stroke='rgb(  0, 114, "
			   "178)'/>"
			   "<text x='1'>a &amp; b> c</text></g>"),
		   HEAD "<g fill=\"none\">\n<path d=\"M 0,1 L2,3\" stroke=\"var(--real)\">"
			"</path>\n<text x=\"1\">a &amp; b&gt; c</text>\n</g>\n</svg>\n");
	assert_svg(ROOT("<g color='black'>\n</g><rect fill='#123456' width='1'/>"),
		   HEAD "<rect fill=\"#123456\" width=\"1\"></rect>\n</svg>\n");
}

static void svg_lets_nothing_else_through(void **state)
{
	(void)state;
	assert_svg(ROOT("<script>alert(1)</script><style>@import 'x'</style><image href='x'/>"
			"<defs><path d='M0,0'/></defs><foreignObject><text>x</text></foreignObject>"
			"<title>t</title><a xlink:href='javascript:x'><text>y</text></a>"),
		   HEAD "<text>y</text>\n</svg>\n");
	assert_svg(ROOT("<path onload='x()' style='x' href='y' fill='url(#a)' d='M0\"'/>"),
		   HEAD "<path></path>\n</svg>\n");
}

static void svg_refuses_what_is_not_well_formed(void **state)
{
	static const char *const bad[] = {
		"",
		"no svg",
		"<svg></svg>",
		"<g></g>",
		ROOT("<g>"),
		ROOT("</g>"),
		ROOT("<path d=x />"),
		ROOT("<path d='x/>"),
		ROOT("<path d/>"),
		ROOT("<!-- "),
		ROOT("<svg viewBox='0 0 1 1'></svg>"),
		"<svg viewBox='0 0 1 1'",
	};
	char *deep = malloc(SVG_LIMIT_DEPTH * 3 + 32), *html = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(inline_of(bad[i], &html), -EINVAL);
		free(html);
	}
	strcpy(deep, "<svg viewBox='0 0 1 1'>");
	for (int i = 0; i < SVG_LIMIT_DEPTH; i++)
		strcat(deep, "<g>");
	assert_int_equal(inline_of(deep, &html), -EINVAL);
	free(html);
	free(deep);
}

static void words_have_three_digits(void **state)
{
	char text[WORDS_BYTES];

	(void)state;
	assert_string_equal(words_bytes(0, text), "0 B");
	assert_string_equal(words_bytes(999, text), "999 B");
	assert_string_equal(words_bytes(1500, text), "1.50 kB");
	assert_string_equal(words_bytes(150000000, text), "150 MB");
	assert_string_equal(words_duration(12345678, text), "12.3 ms");
	assert_string_equal(words_duration(INT64_C(90) * NS_PER_S, text), "1.50 min");
	assert_true(strlen(words_bytes(INT64_MAX, text)) < WORDS_BYTES - 1);
	assert_true(strlen(words_duration(INT64_MIN, text)) < WORDS_BYTES - 1);
}

/* More than both pipes hold, there and back. */
static void children_are_fed_and_heard(void **state)
{
	static const char *const argv[] = { "cat", NULL };
	const struct child cat = { argv, "coreutils", NULL };
	const size_t n = 5000000;
	char *input = malloc(n), *output = NULL;
	size_t n_output = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		input[i] = (char)('a' + i % 23);
	assert_int_equal(child_run(&cat, input, n, &output, &n_output, NULL), 0);
	assert_int_equal(n_output, n);
	assert_memory_equal(input, output, n);
	assert_int_equal(output[n], 0);
	free(input);
	free(output);
}

static int child_of(const char *const *argv, const atomic_bool *interrupted, struct err *err)
{
	const struct child child = { argv, "some-package", interrupted };
	char *output = NULL;
	size_t n = 0;
	int r = child_run(&child, "x", 1, &output, &n, err);

	assert_null(output);
	return r;
}

static void children_that_fail_say_why(void **state)
{
	static const char *const missing[] = { "sosie-has-no-such-program", NULL };
	static const char *const complains[] = { "sh", "-c", "echo; echo no good >&2; exit 3",
						 NULL };
	static const char *const dies[] = { "sh", "-c", "kill -9 $$", NULL };
	static const char *const sleeps[] = { "sleep", "100", NULL };
	const int64_t began = ns_monotonic();
	const atomic_bool interrupted = true;
	struct err err = { "" };

	(void)state;
	assert_int_equal(child_of(missing, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.text, "package some-package"));
	assert_int_equal(child_of(complains, NULL, &err), -EIO);
	assert_non_null(strstr(err.text, "exit status 3: no good"));
	assert_int_equal(child_of(dies, NULL, &err), -EIO);
	assert_non_null(strstr(err.text, "signal 9"));
	assert_int_equal(child_of(sleeps, &interrupted, &err), -EINTR);
	assert_true(ns_monotonic() - began < 60 * NS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_escapes),
		cmocka_unit_test(gnuplot_strings_mean_themselves),
		cmocka_unit_test(svg_lets_shapes_and_text_through),
		cmocka_unit_test(svg_lets_nothing_else_through),
		cmocka_unit_test(svg_refuses_what_is_not_well_formed),
		cmocka_unit_test(words_have_three_digits),
		cmocka_unit_test(children_are_fed_and_heard),
		cmocka_unit_test(children_that_fail_say_why),
	};

	/* As main() does: a child that does not read is an error of write(2). */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
