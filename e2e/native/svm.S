/*
 * A hypervisor of one page for QEMU's emulation of SVM. It injects one external interrupt into a guest, whose handler takes its time and
 * exits at its end only, and writes to the debug console how often the handler was entered: a digit for each of eight rounds, or ! and the
 * end when the guest exits by anything but its VMMCALL. Then it resets the machine.
 */
    .set ROUNDS, 8
    .set VECTOR, 0x30
    .set TICKS, 0x40000000          /* of the time stamp counter, for a handler: a few tenths of a second */

    .section .multiboot, "a"
    .long 0x1badb002, 0, -0x1badb002

    .text
    .globl _start
_start:
    mov $0xff, %al                  /* no interrupts of the machine's own */
    out %al, $0x21
    out %al, $0xa1
    lgdt host_gdtr
    ljmp $8, $1f
1:  mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $host_stack, %esp
    mov $0xc0000080, %ecx           /* EFER.SVME */
    rdmsr
    or $0x1000, %eax
    wrmsr
    mov $0xc0010117, %ecx           /* VM_HSAVE_PA */
    mov $hsave, %eax
    xor %edx, %edx
    wrmsr
    mov $handler, %eax              /* an interrupt gate */
    mov %ax, gate
    shr $16, %eax
    mov %ax, gate + 6
    mov $ROUNDS, %ebp
round:
    movl $0, entries
    movl $0x80000000, vmcb + 0x0c   /* shutdown is intercepted, */
    movl $0x3, vmcb + 0x10          /* VMRUN and VMMCALL, too */
    movl $1, vmcb + 0x58            /* ASID */
    movl $0x80000000 | VECTOR, vmcb + 0xa8
    movl $0x0c9b0008, vmcb + 0x410  /* CS, SS, DS, ES: flat */
    movl $-1, vmcb + 0x414
    movl $0x0c930010, vmcb + 0x420
    movl $-1, vmcb + 0x424
    movl $0x0c930010, vmcb + 0x430
    movl $-1, vmcb + 0x434
    movl $0x0c930010, vmcb + 0x400
    movl $-1, vmcb + 0x404
    movl $23, vmcb + 0x464          /* GDTR */
    movl $gdt, vmcb + 0x468
    movl $8 * VECTOR + 7, vmcb + 0x484
    movl $idt, vmcb + 0x488         /* IDTR */
    movl $0x1000, vmcb + 0x4d0      /* EFER */
    movl $0x11, vmcb + 0x558        /* CR0 */
    movl $0x400, vmcb + 0x560       /* DR7 */
    movl $0x202, vmcb + 0x570       /* RFLAGS */
    movl $guest, vmcb + 0x578
    movl $guest_stack, vmcb + 0x5d8
    mov $vmcb, %eax
    vmrun
    cmpl $0x81, vmcb + 0x70         /* VMMCALL */
    jne strange
    mov entries, %al
    add $'0', %al
    out %al, $0xe9
    dec %ebp
    jnz round
reset:
    lidt nothing                    /* a triple fault */
    int3
strange:
    mov $'!', %al
    out %al, $0xe9
    jmp reset

guest:
    vmmcall
    jmp guest

handler:
    incl entries
    rdtsc
    mov %eax, %ebx
1:  rdtsc
    sub %ebx, %eax
    cmp $TICKS, %eax
    jb 1b
    vmmcall
    jmp handler

    .data
    .balign 8
gdt:
    .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
host_gdtr:
    .word 23
    .long gdt
    .balign 8
idt:
    .fill 8 * VECTOR, 1, 0
gate:
    .word 0, 8, 0x8e00, 0
entries:
    .long 0
nothing:
    .word 0
    .long 0

    .bss
    .balign 4096
vmcb:
    .skip 4096
hsave:
    .skip 4096
    .skip 4096
host_stack:
    .skip 4096
guest_stack:
