/*
 * A kernel of a few kilobytes for HVM guests, in the form of a Linux bzImage, so that QEMU's -kernel and boot loaders take
 * it: says on the first serial port what it sees, as the guests' ramdisk does, and does what its command line tells
 * (rig.do=poweroff|reboot|crash|count). Under emulation a device model hands Linux over byte by byte for half a minute; this
 * one is up as soon as the firmware is.
 */
#include <stdint.h>

__asm__(
    /* The boot sector and set-up code, in real mode: Documentation/arch/x86/boot.rst. Entered at 0x200 past DS. */
    ".section .setup, \"ax\"\n"
    ".code16\n"
    ".org 0x1f1\n"
    ".byte 1\n" /* sectors of set-up code */
    ".word 0\n"
    ".long tiny_paragraphs\n"
    ".word 0, 0, 0, 0xaa55\n"
    ".byte 0xeb, setup_start - 0x202\n"
    ".ascii \"HdrS\"\n"
    ".word 0x0202\n" /* protocol 2.2: the command line's address comes at 0x228 */
    ".long 0\n"
    ".word 0, 0\n"
    ".byte 0, 1\n" /* loaded high */
    ".word 0\n"
    ".long 0x100000, 0, 0, 0\n"
    ".word 0, 0\n"
    "setup_cmdline: .long 0\n"
    ".long 0x37ffffff\n"
    "setup_start:\n"
    "  xor %ax, %ax\n"
    "  mov %ax, %es\n"
    "  mov $0x9010, %di\n" /* the firmware's memory map goes here, its length to 0x9000 */
    "  xor %ebx, %ebx\n"
    "  xor %bp, %bp\n"
    "1: mov $0xe820, %eax\n"
    "  mov $20, %ecx\n"
    "  mov $0x534d4150, %edx\n"
    "  int $0x15\n"
    "  jc 2f\n"
    "  add $20, %di\n"
    "  inc %bp\n"
    "  test %ebx, %ebx\n"
    "  jnz 1b\n"
    "2: mov %bp, %es:0x9000\n"
    "  mov setup_cmdline, %eax\n"
    "  mov %eax, %es:0x9004\n"
    "  cli\n"
    "  xor %eax, %eax\n" /* loaders differ in where they put this */
    "  mov %ds, %ax\n"
    "  shl $4, %eax\n"
    "  add $setup_gdt, %eax\n"
    "  mov %eax, setup_gdtr + 2\n"
    "  lgdtl setup_gdtr\n"
    "  mov %cr0, %eax\n"
    "  or $1, %al\n"
    "  mov %eax, %cr0\n"
    "  ljmpl $8, $0x100000\n"
    ".align 8\n"
    "setup_gdt: .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff\n" /* flat code and data */
    "setup_gdtr: .word 23; .long 0\n"
    /* In protected mode, at 1 MiB. */
    ".section .entry, \"ax\"\n"
    ".code32\n"
    ".global _start\n"
    "_start:\n"
    "  mov $0x10, %eax\n"
    "  mov %eax, %ds\n"
    "  mov %eax, %es\n"
    "  mov %eax, %ss\n"
    "  mov $stack_top, %esp\n"
    "  call tiny_main\n"
    "3: sti\n" /* nothing comes, but a vcpu that halts with interrupts off counts as down, and the last one ends the guest */
    "  hlt\n"
    "  jmp 3b\n"
    /* What a further processor runs: it counts itself and stops. Copied to 0x8000, the page that the start-up message names. */
    ".code16\n"
    ".global ap_code\n"
    "ap_code:\n"
    "  cli\n"
    "  xor %ax, %ax\n"
    "  mov %ax, %ds\n"
    "  lock incw 0x8800\n"
    "4: sti\n"
    "  hlt\n"
    "  jmp 4b\n"
    ".global ap_end\n"
    "ap_end:\n"
    ".code32\n"
    ".section .bss\n"
    ".align 16\n"
    ".skip 4096\n"
    "stack_top:\n");

extern const char ap_code[], ap_end[];

enum { PIC1 = 0x20, PIC2 = 0xa0, COM1 = 0x3f8, CMOS = 0x70, PM1A_CONTROL = 0xb004, KEYBOARD = 0x64, ATA = 0x1f0, LAPIC_ICR = 0xfee00300, AP_PAGE = 0x8000, SETUP = 0x9000 };

/* What the set-up code left in low memory. */
struct setup {
  uint32_t ranges;
  const char *cmdline;
  uint32_t unused[2];
  struct range {
    uint64_t start, length;
    uint32_t type;
  } __attribute__((packed)) range[];
};

static void out8(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static void out16(uint16_t port, uint16_t value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
static uint8_t in8(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static uint32_t in32(uint16_t port) {
  uint32_t value;
  __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static void put(const char *text) {
  for (; *text; text++) {
    while (!(in8(COM1 + 5) & 0x20)) {
    }
    out8(COM1, (uint8_t)*text);
  }
}

static void put_hex(uint32_t value) {
  char digits[9] = {0};
  for (int i = 7; i >= 0; i--, value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  put(digits);
}

static void put_number(uint32_t value) {
  char digits[11], *at = digits + 10;
  *at = 0;
  do *--at = (char)('0' + value % 10);
  while (value /= 10);
  put(at);
}

static void fact(const char *name) {
  put("GUEST-FACT ");
  put(name);
}

static void cpuid_fact(const char *name, uint32_t leaf) {
  uint32_t a = leaf, b, c = 0, d;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  fact("cpuid_");
  put(name);
  put("=");
  put_hex(a), put(" "), put_hex(b), put(" "), put_hex(c), put(" "), put_hex(d), put("\n");
}

static uint32_t cmos(uint8_t index) {
  out8(CMOS, index);
  uint32_t bcd = in8(CMOS + 1);
  return (bcd >> 4) * 10 + (bcd & 15);
}

/* The real-time clock as "YYYY-MM-DD HH:MM:SS", read until two readings agree. */
static void clock_fact(void) {
  static const uint8_t index[6] = {9, 8, 7, 4, 2, 0};
  static const char *const after[6] = {"-", "-", " ", ":", ":", "\n"};
  uint32_t now[6], before[6] = {0};
  for (int same = 0; !same;) {
    same = 1;
    for (int i = 0; i < 6; i++) {
      now[i] = cmos(index[i]);
      if (now[i] != before[i]) same = 0;
      before[i] = now[i];
    }
  }
  fact("rtc_date=20");
  for (int i = 0; i < 6; i++) {
    if (now[i] < 10) put("0");
    put_number(now[i]);
    put(after[i]);
  }
}

/* Starts every other processor by INIT and a start-up message to all but itself, and counts those that answer. */
static uint32_t count_processors(void) {
  volatile uint32_t *icr = (volatile uint32_t *)LAPIC_ICR;
  volatile uint16_t *count = (volatile uint16_t *)(AP_PAGE + 0x800);
  char *page = (char *)AP_PAGE;
  for (const char *from = ap_code; from < ap_end; from++) *page++ = *from;
  *count = 0;
  icr[0] = 0xc4500; /* all but self, INIT */
  for (int i = 0; i < 2; i++) {
    for (volatile int wait = 0; wait < 200000; wait++) {
    }
    icr[0] = 0xc4600 | AP_PAGE >> 12; /* all but self, start-up */
  }
  /* They may be late on a busy machine: three ticks of the clock are two seconds at least. */
  for (int ticks = 0; ticks < 3; ticks++)
    for (uint32_t second = cmos(0); cmos(0) == second;) {
    }
  return *count + 1u;
}

/* A sum over a disk's first sector, read by programmed I/O from the first IDE channel. */
static uint32_t disk_sum(void) {
  uint32_t sum = 0;
  out8(ATA + 6, 0xe0);
  out8(ATA + 2, 1);
  out8(ATA + 3, 0), out8(ATA + 4, 0), out8(ATA + 5, 0);
  out8(ATA + 7, 0x20);
  while ((in8(ATA + 7) & 0x88) != 0x08) {
  }
  for (int i = 0; i < 128; i++) sum = sum * 31 + in32(ATA);
  return sum;
}

static int has(const char *text, const char *word) {
  for (; *text; text++) {
    const char *a = text, *b = word;
    while (*b && *a == *b) a++, b++;
    if (!*b) return 1;
  }
  return 0;
}

void tiny_main(void);
void tiny_main(void) {
  const struct setup *setup = (const struct setup *)SETUP;
  const char *cmdline = setup->cmdline ? setup->cmdline : "";
  out8(PIC1 + 1, 0xff);
  out8(PIC2 + 1, 0xff);
  out8(COM1 + 1, 0);
  out8(COM1 + 3, 0x80);
  out8(COM1, 1);
  out8(COM1 + 1, 0);
  out8(COM1 + 3, 3);
  put("\n");
  fact("kernel=tiny\n");
  fact("cmdline="), put(cmdline), put("\n");
  uint64_t ram = 0;
  for (uint32_t i = 0; i < (setup->ranges & 0xffff); i++)
    if (setup->range[i].type == 1) ram += setup->range[i].length;
  fact("ram_kib="), put_number((uint32_t)(ram >> 10)), put("\n");
  clock_fact();
  cpuid_fact("0", 0);
  cpuid_fact("1", 1);
  cpuid_fact("7", 7);
  cpuid_fact("80000001", 0x80000001);
  cpuid_fact("40000000", 0x40000000);
  cpuid_fact("40000004", 0x40000004);
  fact("cpus="), put_number(count_processors()), put("\n");
  put("GUEST-UP\n");
  if (has(cmdline, "rig.do=count")) {
    for (uint32_t count = 1;; count++) {
      for (uint32_t second = cmos(0); cmos(0) == second;) {
      }
      put("GUEST-TICK "), put_number(count), put(" disk="), put_hex(disk_sum()), put("\n");
    }
  } else if (has(cmdline, "rig.do=poweroff")) {
    put("GUEST-POWEROFF\n");
    out16(PM1A_CONTROL, 0x2000); /* S5 is 0 in the DSDT that hvmloader gives; bit 13 enters it */
  } else if (has(cmdline, "rig.do=reboot")) {
    put("GUEST-REBOOT\n");
    out8(KEYBOARD, 0xfe);
  } else if (has(cmdline, "rig.do=crash")) {
    static const struct {
      uint16_t limit;
      uint32_t base;
    } __attribute__((packed)) no_idt = {0, 0};
    put("GUEST-CRASH\n");
    __asm__ volatile("lidt %0\n ud2" : : "m"(no_idt));
  }
}
