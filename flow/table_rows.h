/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of flow tables by format. Each writes at p, without an end of line, and returns the place
 * after; the caller has room for the longest row. */
#ifndef SOSIE_FLOW_TABLE_ROWS_H
#define SOSIE_FLOW_TABLE_ROWS_H

#include "flow/table.h"
#include "flow/text.h"

char *csv_row(char *p, const struct flow_record *record);
char *csv_truth(char *p, const struct flow_truth *truth, const char *community);
int csv_header(FILE *out, bool with_truth);

/* Without the closing brace. */
char *jsonl_row(char *p, const struct flow_record *record);
char *jsonl_truth(char *p, const struct flow_truth *truth, const char *community);

char *zeek_row(char *p, const struct flow_record *record);
char *zeek_truth(char *p, const struct flow_truth *truth, const char *community);
int zeek_header(FILE *out, bool with_truth);

char *row_put_flags(char *p, uint8_t flags);
char *row_put_number(char *p, char separator, uint64_t value);
char *row_put_proto(char *p, uint8_t proto);
int row_put_out(FILE *out, const char *text, size_t n);

#endif
