/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
