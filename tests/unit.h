/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka needs these four before it; one place knows. */
#ifndef SOSIE_TESTS_UNIT_H
#define SOSIE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
