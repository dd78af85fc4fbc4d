// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//
// A guest that makes one access and says how it entered its handler. What to do stands in the page PARAM, what it
// found goes into the page RESULT; tests/lab/guest.py has the layouts and the addresses, and passes them as macros.
//
// It starts at EL1 with the MMU off, in the first page of the image, which its tables map where it is (so that the MMU
// can be turned on) and again, with all else, at virtual addresses that are no guest physical ones.

#define SHIFT(level)	(12 + 9 * (3 - (level)))
#define INDEX(va, level) (((va) >> SHIFT(level)) & 511)

#define TABLE		3
#define PAGE_NORMAL	0x707		/* AF, inner shareable, attribute 1 */
#define PAGE_DEVICE	0x403		/* AF, attribute 0 */
#define USER		0x40		/* AP[1]: EL0 too */
#define READ_ONLY	0x80		/* AP[2] */
#define PXN		(1 << 53)
#define UXN		(1 << 54)

#define SCTLR_ON	(1 << 0 | 1 << 2 | 1 << 12)	/* M, C, I */
#define SCTLR_EL0	(1 << 14 | 1 << 15 | 1 << 26)	/* DZE, UCT, UCI: EL0 may use DC and IC */

	.arch	armv8.5-a+sve
	.text
	.global	_start
image:
_start:
	b	boot

	.macro	told register, offset
	mrs	x0, \register
	str	x0, [x1, #\offset]
	.endm

	.macro	told_if bit, register, offset
	tbz	x2, #\bit, 9f
	told	\register, \offset
9:
	.endm

report:
	msr	tpidrro_el0, x1
	ldr	x1, =VA_RESULT
	str	x0, [x1, #R_VECTOR]
	told	tpidr_el1, R_X
	told	tpidrro_el0, R_X + 8
	stp	x2, x3, [x1, #R_X + 16]
	stp	x4, x5, [x1, #R_X + 32]
	stp	x6, x7, [x1, #R_X + 48]
	stp	x8, x9, [x1, #R_X + 64]
	stp	x10, x11, [x1, #R_X + 80]
	stp	x12, x13, [x1, #R_X + 96]
	stp	x14, x15, [x1, #R_X + 112]
	stp	x16, x17, [x1, #R_X + 128]
	stp	x18, x19, [x1, #R_X + 144]
	stp	x20, x21, [x1, #R_X + 160]
	stp	x22, x23, [x1, #R_X + 176]
	stp	x24, x25, [x1, #R_X + 192]
	stp	x26, x27, [x1, #R_X + 208]
	stp	x28, x29, [x1, #R_X + 224]
	str	x30, [x1, #R_X + 240]
	told	esr_el1, R_ESR_EL1
	told	far_el1, R_FAR_EL1
	told	elr_el1, R_ELR_EL1
	told	spsr_el1, R_SPSR_EL1
	told	daif, R_DAIF
	told	spsel, R_SPSEL
	told	currentel, R_CURRENTEL
	ldr	x2, =VA_PARAM
	ldr	x2, [x2, #P_REPORTED]
	told_if	0, s3_0_c4_c2_3, R_PAN
	told_if	1, s3_0_c4_c2_4, R_UAO
	told_if	2, s3_3_c4_c2_5, R_DIT
	told_if	3, s3_3_c4_c2_6, R_SSBS
	told_if	4, s3_3_c4_c2_7, R_TCO
	ldr	x0, =VA_DONE
	str	xzr, [x0]
1:	b	1b

boot:
	// KVM with the workaround for erratum 834220 (Cortex-A57) resolves no stage-2 fault on a walk: it enters the guest
	// again, for ever. So every table is read before it is walked.
	adr	x1, image
	mov	x2, #IMAGE_PAGES
1:	ldr	x3, [x1]
	add	x1, x1, #0x1000
	subs	x2, x2, #1
	b.ne	1b
	adr	x1, low_1
	msr	ttbr0_el1, x1
	adr	x1, high_1
	msr	ttbr1_el1, x1
	ldr	x1, =TCR
	msr	tcr_el1, x1
	mov	x1, #0xff00			// attribute 0: Device-nGnRnE, 1: Normal, write-back
	msr	mair_el1, x1
	mov	x1, #3 << 20			// no trap of FP and SIMD
	msr	cpacr_el1, x1
	ldr	x1, =vectors
	msr	vbar_el1, x1
	isb
	tlbi	vmalle1
	dsb	ish
	ldr	x1, =SCTLR_ON | SCTLR_EL0
	mrs	x2, sctlr_el1
	orr	x1, x1, x2
	msr	sctlr_el1, x1
	isb
	ldr	x1, =virtual
	br	x1

virtual:
	ldr	x30, =VA_PARAM
	ldr	x1, [x30, #P_SCTLR_FLIPPED]	// bits of SCTLR_EL1 other than usual
	mrs	x2, sctlr_el1
	eor	x1, x1, x2
	msr	sctlr_el1, x1
	ldr	x1, [x30, #P_TTBR0_EL1]		// other tables for the lower half
	cbz	x1, 2f
	msr	ttbr0_el1, x1
	ldr	x1, [x30, #P_TCR_EL1]
	msr	tcr_el1, x1
	isb
	tlbi	vmalle1
	dsb	ish
2:	isb
	ldr	x1, [x30, #P_ACCESS]
	ldr	x2, [x30, #P_SPSR_EL1]
	msr	spsr_el1, x2
	ldr	x3, =accesses
	tst	x2, #0xc
	b.ne	3f
	ldr	x3, =VA_USER
	tbz	x2, #4, 3f
	ldr	x3, =VA_USER32
3:	add	x1, x3, x1, lsl #5		// an access is 32 bytes
	msr	elr_el1, x1
	ldr	x2, =VA_RESULT
	str	x1, [x2, #R_ACCESS]
	ldp	x0, x1, [x30, #P_X + 0]
	ldp	x2, x3, [x30, #P_X + 16]
	ldp	x4, x5, [x30, #P_X + 32]
	ldp	x6, x7, [x30, #P_X + 48]
	ldp	x8, x9, [x30, #P_X + 64]
	ldp	x10, x11, [x30, #P_X + 80]
	ldp	x12, x13, [x30, #P_X + 96]
	ldp	x14, x15, [x30, #P_X + 112]
	ldp	x16, x17, [x30, #P_X + 128]
	ldp	x18, x19, [x30, #P_X + 144]
	ldp	x20, x21, [x30, #P_X + 160]
	ldp	x22, x23, [x30, #P_X + 176]
	ldp	x24, x25, [x30, #P_X + 192]
	ldp	x26, x27, [x30, #P_X + 208]
	ldp	x28, x29, [x30, #P_X + 224]
	ldr	x30, [x30, #P_X + 240]
	eret
	.ltorg

	.macro	vector number
	.balign	0x80
	msr	tpidr_el1, x0
	mov	x0, #\number
	b	report
	.endm

	.balign	0x800
vectors:
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\number
	.endr

// The accesses, each 32 bytes: x0 is the address. Its first instruction is the access; what follows is reached only if
// there was no abort. EL0 runs them at VA_USER, in AArch32 at VA_USER32.
	.macro	access number
	.org	accesses + 32 * \number
	.endm

	.balign	4096, 0
accesses:
	access	A_LDR
	ldr	x1, [x0]
	svc	#0
	access	A_STR
	str	x1, [x0]
	svc	#0
	access	A_FETCH
	br	x0
	access	A_LDRB
	ldrb	w1, [x0]
	svc	#0
	access	A_STRH
	strh	w1, [x0]
	svc	#0
	access	A_LDP
	ldp	x1, x2, [x0]
	svc	#0
	access	A_STP
	stp	x1, x2, [x0]
	svc	#0
	access	A_LDR_Q
	ldr	q0, [x0]
	svc	#0
	access	A_LDAXR
	ldaxr	x1, [x0]
	svc	#0
	access	A_LDADD
	ldadd	x1, x2, [x0]
	svc	#0
	access	A_CAS
	cas	x1, x2, [x0]
	svc	#0
	access	A_DC_ZVA
	dc	zva, x0
	svc	#0
	access	A_DC_CVAC
	dc	cvac, x0
	svc	#0
	access	A_DC_CIVAC
	dc	civac, x0
	svc	#0
	access	A_DC_CVAP
	dc	cvap, x0
	svc	#0
	access	A_IC_IVAU
	ic	ivau, x0
	svc	#0
	access	A_SERROR_OPEN			// ready at the second instruction, as in the next
	nop
	str	xzr, [x0]
	nop
	svc	#0
	access	A_SERROR_UNMASKED		// what waited is taken after the second instruction
	str	xzr, [x0]
	msr	daifclr, #4
	isb
	svc	#0
	.macro	a32 number, instruction
	access	\number
	.inst	\instruction
	.inst	0xef000000			// svc #0
	.endm
	a32	A_A32_LDR, 0xe5901000		// ldr r1, [r0]
	a32	A_A32_STR, 0xe5801000		// str r1, [r0]
	a32	A_A32_FETCH, 0xe12fff10		// bx r0
	access	A_T32_LDR
	.inst	0xdf006801			// ldr r1, [r0]; svc #0
	access	A_T32_STR
	.inst	0xdf006001			// str r1, [r0]; svc #0
	.org	accesses + 4096

// Translation tables: 4 KiB granule, 39 bits, level 1 first. Each entry is given in the order of the table.
	.macro	entry table, va, level, value
	.org	\table + 8 * INDEX(\va, \level)
	.quad	\value
	.endm
	.macro	next table, va, level, to
	entry	\table, \va, \level, (\to - image + GPA_IMAGE) | TABLE
	.endm
	.macro	own_page table, va, label, bits		// a page of the image
	entry	\table, \va, 3, (\label - image + GPA_IMAGE) | \bits
	.endm

	.balign	4096, 0
low_1:
	next	low_1, VA_LOW32, 1, low32_2
	next	low_1, GPA_IMAGE, 1, boot_2
	next	low_1, VA_LOW, 1, low_2
	entry	low_1, VA_WALK_1, 1, GPA_TARGET | TABLE
	.balign	4096, 0
boot_2:
	next	boot_2, GPA_IMAGE, 2, boot_3
	.balign	4096, 0
boot_3:
	own_page boot_3, GPA_IMAGE, image, PAGE_NORMAL
	.balign	4096, 0
low32_2:
	next	low32_2, VA_LOW32, 2, target_3
	.balign	4096, 0
low_2:
	next	low_2, VA_LOW, 2, target_3
	entry	low_2, VA_WALK_2, 2, GPA_TARGET | TABLE
	.balign	4096, 0

high_1:
	next	high_1, VA_HIGH, 1, high_2
	next	high_1, VA_IMAGE, 1, image_2
	.balign	4096, 0
high_2:
	next	high_2, VA_HIGH, 2, target_3
	.balign	4096, 0
image_2:
	next	image_2, VA_IMAGE, 2, image_3
	.balign	4096, 0
image_3:
	.set	page, 0
	.rept	IMAGE_PAGES
	entry	image_3, VA_IMAGE + 4096 * page, 3, (GPA_IMAGE + 4096 * page) | PAGE_NORMAL | UXN
	.set	page, page + 1
	.endr
	entry	image_3, VA_PARAM, 3, GPA_PARAM | PAGE_NORMAL | UXN | PXN
	entry	image_3, VA_RESULT, 3, GPA_RESULT | PAGE_NORMAL | UXN | PXN
	own_page image_3, VA_USER, accesses, PAGE_NORMAL | USER | READ_ONLY | PXN
	entry	image_3, VA_DONE, 3, GPA_DONE | PAGE_DEVICE | UXN | PXN
	entry	image_3, VA_READY, 3, GPA_READY | PAGE_DEVICE | USER | UXN | PXN
	.balign	4096, 0

// Both halves have the target by the same table: page 0 is good, page 1 the target for EL1, 2 good, 3 the target for EL0,
// 4 the accesses for AArch32, which reaches no other.
target_3:
	entry	target_3, VA_LOW, 3, GPA_GOOD | PAGE_NORMAL | UXN
	entry	target_3, VA_LOW + 0x1000, 3, GPA_TARGET | PAGE_NORMAL | UXN
	entry	target_3, VA_LOW + 0x2000, 3, GPA_GOOD | PAGE_NORMAL | USER | PXN
	entry	target_3, VA_LOW + 0x3000, 3, GPA_TARGET | PAGE_NORMAL | USER | PXN
	own_page target_3, VA_LOW + 0x4000, accesses, PAGE_NORMAL | USER | READ_ONLY | PXN
	.org	image + 4096 * IMAGE_PAGES		// an error if it is longer
