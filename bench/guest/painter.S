/* SPDX-License-Identifier: Apache-2.0 */
/* Where the bench's bare guest begins: a multiboot 1 kernel (Multiboot Specification 0.6.96, 3.1),
   which QEMU's -kernel starts in 32-bit protected mode, flat segments, interrupts off. */
        .section .multiboot, "a"
        .align 4
        .long 0x1badb002                /* magic */
        .long 0                         /* flags: nothing asked for */
        .long -0x1badb002               /* checksum */

        .text
        .globl start
start:  cld
        movl $stackTop, %esp
        call paintForever
1:      hlt
        jmp 1b

/* The timer's interrupt: tells the controller that it was heard (8259A, end of interrupt). */
        .globl onTimer
onTimer:
        pushl %eax
        movb $0x20, %al
        outb %al, $0x20
        popl %eax
        iret

        .bss
        .align 16
        .space 16384
stackTop:
        .section .note.GNU-stack, "", @progbits
