/**
 * A defect of QEMU's emulation of SVM, mended in the unpacked program.
 *
 * VMRUN with an external interrupt to inject (`EVENTINJ`, which is how Xen gives an HVM guest every interrupt) sets
 * `exception_index` of the vcpu to the vector, delivers the interrupt at once, and leaves `exception_index` as it is
 * (`helper_vmrun` in target/i386/tcg/sysemu/svm_helper.c; QEMU 7.2 and 10.0 alike). Until the guest's next exit, whatever takes the
 * vcpu out of its loop (another vcpu that empties the buffer of translated code, or does an atomic access that all must wait for; with
 * `thread=single` the clock that switches between vcpus) makes QEMU deliver it a second time, as an exception and with interrupts
 * off: within the first instructions of the guest's handler, where it changes its stack. The guest strays.
 *
 * What delivers the interrupt does not read `exception_index`, so the store is left out.
 */

/**
 * `cs->exception_index = vector`, and after it `env->exception_is_int = 0; env->exception_next_eip = -1` and the look at the log's
 * level: `mov %esi,d(%rbx); movl $0,d(%rbx); movq $-1,d(%rbx); testb`. The vector of an exception is in another register.
 */
const STORE = /\x89\xb3[^]{4}(?=\xc7\x83[^]{4}\0{4}\x48\xc7\x83[^]{4}\xff{4}\xf6\x05)/g;

/** One instruction of six bytes that does nothing. */
const NOTHING = '\x66\x0f\x1f\x44\0\0';

/**
 * Leaves the store out of QEMU's program.
 *
 * @param program - its bytes
 * @returns the mended bytes, or undefined when the program does not have the store in exactly one place
 */
export function withoutStaleVector(program: Buffer): Buffer | undefined {
  const text = program.toString('latin1');
  if ([...text.matchAll(STORE)].length !== 1) return undefined;
  return Buffer.from(text.replace(STORE, NOTHING), 'latin1');
}
