/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ns.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

__extension__ typedef __int128 int128;

static int64_t clock_now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t ns_realtime(void)
{
	return clock_now(CLOCK_REALTIME);
}

int64_t ns_monotonic(void)
{
	return clock_now(CLOCK_MONOTONIC);
}

int64_t ns_process_cpu(void)
{
	return clock_now(CLOCK_PROCESS_CPUTIME_ID);
}

/*
 * Reads digits and a fraction of at most 9 digits that count (more are cut off) as value * 10^9.
 * Returns the characters read, 0 when there is no digit, -1 when it is out of range.
 */
static int read_decimal(const char *text, size_t n, int64_t *ret_nano)
{
	int64_t whole = 0, nano = 0, unit = NS_PER_S / 10;
	size_t i = 0, n_digits = 0;

	for (; i < n && isdigit((unsigned char)text[i]); i++, n_digits++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, text[i] - '0', &whole))
			return -1;
	if (i < n && text[i] == '.') {
		for (i++; i < n && isdigit((unsigned char)text[i]); i++, n_digits++) {
			nano += (text[i] - '0') * unit;
			unit /= 10;
		}
	}
	if (n_digits == 0)
		return 0;
	if (__builtin_mul_overflow(whole, NS_PER_S, &whole) ||
	    __builtin_add_overflow(whole, nano, ret_nano) || i > INT32_MAX)
		return -1;
	return (int)i;
}

int ns_parse_seconds(const char *text, size_t n_text, int64_t *ret_ns)
{
	bool negative = n_text > 0 && text[0] == '-';
	int64_t ns;
	int n;

	n = read_decimal(text + negative, n_text - negative, &ns);
	if (n < 0)
		return -ERANGE;
	if (n == 0 || (size_t)n + negative != n_text)
		return -EINVAL;
	*ret_ns = negative ? -ns : ns;
	return 0;
}

struct unit {
	const char *name;
	int64_t ns;
};

static const struct unit units[] = {
	{ "d", NS_PER_D }, { "h", NS_PER_H },	{ "m", 60 * NS_PER_S },
	{ "s", NS_PER_S }, { "ms", NS_PER_MS }, { "us", NS_PER_US },
	{ "ns", 1 },
};

enum { N_UNITS = sizeof(units) / sizeof(units[0]) };

static int64_t unit_of(const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < N_UNITS; i++)
		if (strlen(units[i].name) == n && memcmp(units[i].name, text, n) == 0)
			return units[i].ns;
	return 0;
}

int ns_parse_duration(const char *text, int64_t *ret_ns, struct err *err)
{
	int64_t total = 0, last = INT64_MAX;
	const char *p = text;

	do {
		int64_t value, unit = NS_PER_S;
		size_t n_unit = 0;
		int128 part;
		int n;

		n = read_decimal(p, strlen(p), &value);
		if (n < 0)
			goto out_of_range;
		if (n == 0)
			goto malformed;
		p += n;
		while (isalpha((unsigned char)p[n_unit]))
			n_unit++;
		if (n_unit > 0)
			unit = unit_of(p, n_unit);
		else if (total != 0 || last != INT64_MAX || *p != '\0')
			unit = 0; /* only a number that stands alone may lack its unit */
		if (unit == 0 || unit >= last)
			goto malformed;
		p += n_unit;
		last = unit;
		part = (int128)value * unit / NS_PER_S;
		if (part > INT64_MAX || __builtin_add_overflow(total, (int64_t)part, &total))
			goto out_of_range;
	} while (*p != '\0');
	*ret_ns = total;
	return 0;
malformed:
	return err_set(err, -EINVAL, "'%.60s' is no duration such as 90s, 15m, 2h30m, 7d or 250ms",
		       text);
out_of_range:
	return err_set(err, -ERANGE, "'%.60s' is longer than 292 years", text);
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant: days_from_civil). */
static int64_t days_from_civil(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int n_days(int64_t year, int month)
{
	static const int n[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return n[month - 1] + (month == 2 && leap);
}

/* Exactly n digits at *p, in [min, max], then `after` (0: nothing); moves *p behind them. */
static bool field(const char **p, int n, int min, int max, char after, int *ret_value)
{
	int value = 0;

	for (; n > 0; n--, (*p)++) {
		if (!isdigit((unsigned char)**p))
			return false;
		value = value * 10 + (**p - '0');
	}
	if (value < min || value > max || (after != 0 && **p != after))
		return false;
	*p += after != 0;
	*ret_value = value;
	return true;
}

/* ".nnnnnnnnn" (optional) as nanoseconds. */
static bool fraction(const char **p, int64_t *ret_ns)
{
	int64_t unit = NS_PER_S / 10;

	*ret_ns = 0;
	if (**p != '.')
		return true;
	if (!isdigit((unsigned char)*++*p))
		return false;
	for (; isdigit((unsigned char)**p); (*p)++) {
		*ret_ns += (**p - '0') * unit;
		unit /= 10;
	}
	return true;
}

/* "Z", "+hh:mm", "-hh:mm" or nothing, up to the end. */
static bool zone(const char *p, int64_t *ret_ns)
{
	int sign, hours, minutes;

	*ret_ns = 0;
	if (*p == 'Z' || *p == 'z')
		return p[1] == '\0';
	if (*p == '\0')
		return true;
	if (*p != '+' && *p != '-')
		return false;
	sign = *p++ == '-' ? -1 : 1;
	if (!field(&p, 2, 0, 23, ':', &hours) || !field(&p, 2, 0, 59, 0, &minutes) || *p != '\0')
		return false;
	*ret_ns = sign * (hours * NS_PER_H + minutes * 60 * NS_PER_S);
	return true;
}

static bool parse_rfc3339(const char *p, int128 *ret_ns)
{
	int year, month, day, hour = 0, minute = 0, second = 0;
	int64_t part = 0, offset = 0;

	if (!field(&p, 4, 0, 9999, '-', &year) || !field(&p, 2, 1, 12, '-', &month) ||
	    !field(&p, 2, 1, n_days(year, month), 0, &day))
		return false;
	if (*p != '\0') { /* a date alone is its midnight, UTC */
		if (*p != 'T' && *p != 't' && *p != ' ')
			return false;
		p++;
		if (!field(&p, 2, 0, 23, ':', &hour) || !field(&p, 2, 0, 59, 0, &minute))
			return false;
		if (*p == ':' && (p++, !field(&p, 2, 0, 60, 0, &second) || !fraction(&p, &part)))
			return false;
		if (!zone(p, &offset))
			return false;
	}
	*ret_ns = ((int128)days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 +
		   second) *
			  NS_PER_S +
		  part - offset;
	return true;
}

int ns_parse_time(const char *text, int64_t *ret_ns, struct err *err)
{
	int128 ns;
	int r;

	r = ns_parse_seconds(text, strlen(text), ret_ns);
	if (r == 0)
		return 0;
	if (r == -EINVAL) {
		if (!parse_rfc3339(text, &ns))
			return err_set(err, -EINVAL,
				       "'%.60s' is no instant such as 2026-11-21T06:00:00Z or "
				       "1795240800.5",
				       text);
		if (ns >= INT64_MIN && ns <= INT64_MAX) {
			*ret_ns = (int64_t)ns;
			return 0;
		}
	}
	return err_set(err, -ERANGE, "'%.60s' is not between the years 1678 and 2261", text);
}

/* value = seconds * 10^9 + rest with rest in [0, 10^9). */
static int64_t floor_seconds(int64_t ns, int64_t *ret_rest)
{
	int64_t s = ns / NS_PER_S, rest = ns % NS_PER_S;

	if (rest < 0) {
		rest += NS_PER_S;
		s--;
	}
	*ret_rest = rest;
	return s;
}

const char *ns_format_time(int64_t ns, char ret_text[NS_TEXT_BYTES])
{
	int64_t rest, s = floor_seconds(ns, &rest);
	time_t t = (time_t)s;
	struct tm tm;
	size_t n;

	gmtime_r(&t, &tm);
	n = strftime(ret_text, NS_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest != 0)
		n += (size_t)snprintf(ret_text + n, NS_TEXT_BYTES - n, ".%09d", (int)rest);
	snprintf(ret_text + n, NS_TEXT_BYTES - n, "Z");
	return ret_text;
}

const char *ns_format_duration(int64_t ns, char ret_text[NS_TEXT_BYTES])
{
	uint64_t left = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	size_t n = 0, i;

	if (ns < 0)
		ret_text[n++] = '-';
	/* Whole days, hours and minutes; then one number for the rest, in the unit it reads best.
	 */
	for (i = 0; i < 3; i++) {
		uint64_t count = left / (uint64_t)units[i].ns;

		if (count == 0)
			continue;
		n += (size_t)snprintf(ret_text + n, NS_TEXT_BYTES - n, "%d%s", (int)count,
				      units[i].name);
		left -= count * (uint64_t)units[i].ns;
	}
	if (left == 0) {
		if (n == 0 || ns == 0)
			snprintf(ret_text, NS_TEXT_BYTES, "0s");
		else
			ret_text[n] = '\0';
		return ret_text;
	}
	for (i = 3; i + 1 < N_UNITS && left < (uint64_t)units[i].ns; i++)
		;
	n += (size_t)snprintf(ret_text + n, NS_TEXT_BYTES - n, "%d",
			      (int)(left / (uint64_t)units[i].ns));
	left %= (uint64_t)units[i].ns;
	if (left != 0) {
		uint64_t digit = (uint64_t)units[i].ns / 10;

		ret_text[n++] = '.';
		for (; left != 0; digit /= 10) {
			ret_text[n++] = (char)('0' + left / digit);
			left %= digit;
		}
	}
	snprintf(ret_text + n, NS_TEXT_BYTES - n, "%s", units[i].name);
	return ret_text;
}

const char *ns_format_seconds(int64_t ns, char ret_text[NS_TEXT_BYTES])
{
	uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	char digits[24];
	size_t i = sizeof(digits), n = 0;
	int n_done = 0;

	/* By hand: a flow table prints two of these per row, and snprintf is most of its time. */
	do {
		if (n_done == 9)
			digits[--i] = '.';
		digits[--i] = (char)('0' + size % 10);
		size /= 10;
		n_done++;
	} while (size != 0 || n_done < 10);
	if (ns < 0)
		ret_text[n++] = '-';
	memcpy(ret_text + n, digits + i, sizeof(digits) - i);
	ret_text[n + sizeof(digits) - i] = '\0';
	return ret_text;
}
