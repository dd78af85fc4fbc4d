/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The maps: what user space tells, the traps under way, the records on their way out. */
#ifndef KFI_LIVE_MAPS_H
#define KFI_LIVE_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "live.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct live_vm);
} vms SEC(".maps");

/* A thread that dies at a trap leaves its entry behind; the oldest go first. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct live_trap);
} traps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} records SEC(".maps");

/* One number: records lost for want of room. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

static const struct live_trap live_no_trap;

static __always_inline __u32 live_thread(void)
{
	return (__u32)bpf_get_current_pid_tgid();
}

/* The VM of the process that runs. */
static __always_inline struct live_vm *live_vm(void)
{
	__u32 process = bpf_get_current_pid_tgid() >> 32;
	struct live_vm *vm = bpf_map_lookup_elem(&vms, &process);

	if (vm)
		return vm;
	process = 0;
	return bpf_map_lookup_elem(&vms, &process);
}

/* The trap that the running thread is in. */
static __always_inline struct live_trap *live_trap(void)
{
	__u32 thread = live_thread();

	return bpf_map_lookup_elem(&traps, &thread);
}

/* A new trap of the running thread; NULL if nobody wants to know of it. */
static __always_inline struct live_trap *live_new_trap(void)
{
	__u32 thread = live_thread();

	if (!live_vm() || bpf_map_update_elem(&traps, &thread, &live_no_trap, BPF_ANY))
		return NULL;
	return bpf_map_lookup_elem(&traps, &thread);
}

#endif /* KFI_LIVE_MAPS_H */
