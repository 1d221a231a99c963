import { registers, type CpuModel } from './model.js';

/** All bits of a register. */
const ALL = 0xffff_ffff;

/**
 * The processor of a simulated machine where none is given: an x86-64 server of 2020 with AVX2, without AVX-512.
 *
 * Feature bits by leaf: 1 (basic), 7 (structured), 13,1 (XSAVE), 2147483649 (extended).
 */
export const DEFAULT_CPU: CpuModel = {
  host: {
    '0': registers(0x10, 0x756e_6547, 0x6c65_746e, 0x4965_6e69),
    '1': registers(0x0005_0657, 0x0010_0800, 0x7ffe_fbff, 0xbfeb_fbff),
    '2': registers(0x7603_6301, 0x00f0_b5ff, 0, 0x00c3_0000),
    '4,0': registers(0x1c00_4121, 0x01c0_003f, 0x3f, 0),
    '4,1': registers(0x1c00_4122, 0x01c0_003f, 0x3f, 0),
    '4,2': registers(0x1c00_4143, 0x03c0_003f, 0x3ff, 0),
    '4,3': registers(0x1c07_c163, 0x0280_003f, 0xffff, 4),
    '7,0': registers(0, 0x019c_27ab, 0x0000_0008, 0xbc00_0000),
    '11,0': registers(1, 2, 0x0100, 0),
    '11,1': registers(4, 16, 0x0201, 0),
    '13,0': registers(0x7, 0x340, 0x340, 0),
    '13,1': registers(0xf, 0x340, 0, 0),
    '13,2': registers(0x100, 0x240, 0, 0),
    '2147483648': registers(0x8000_0008, 0, 0, 0),
    '2147483649': registers(0, 0, 0x0000_0121, 0x2c10_0800),
    '2147483656': registers(0x302e, 0x0000_f000, 0, 0),
  },
  most: {
    pv: {
      '1': registers(ALL, ALL, 0xf7fa_3203, 0x1fc9_cbf5),
      '7,0': registers(0, 0x019c_07a9, 0x0000_0000, 0xac00_0000),
      '13,1': registers(0x7, 0, 0, 0),
      '2147483649': registers(0, 0, 0x0000_0121, 0x2810_0800),
      '2147483656': registers(0xffff, 0x0000_5000, 0, 0),
    },
    hvm: {
      '1': registers(ALL, ALL, 0xf7fa_7223, 0x1fcb_fbff),
      '7,0': registers(0, 0x019c_27ab, 0x0000_0008, 0xac00_0000),
      '13,1': registers(0xf, ALL, 0, 0),
      '2147483649': registers(0, 0, 0x0000_0121, 0x2c10_0800),
      '2147483656': registers(0xffff, 0x0000_5000, 0, 0),
    },
  },
  hidden: {
    // Nested VMX and the invariant TSC's like: a guest has them only where it was told to.
    '1': registers(0, 0, 0x0000_0020, 0),
    '7,0': registers(0, 0x0000_2000, 0, 0),
  },
};
