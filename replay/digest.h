/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest of a sequence of frames: XXH3-128 over (time, length, bytes) of each, so that two runs,
 * or a run and a file, can be compared without keeping either.
 */
