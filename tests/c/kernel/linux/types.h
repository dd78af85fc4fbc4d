/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the headers use of the kernel's <linux/types.h>, for a build with __KERNEL__ and no other headers. */
#ifndef _LINUX_TYPES_H
#define _LINUX_TYPES_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef _Bool bool;
typedef unsigned long size_t;

#endif
