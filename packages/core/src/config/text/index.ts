export { MAX_CONFIG_BYTES, MAX_LIST_DEPTH } from './limits.js';
export { checkConfigSize, decodeConfigBytes } from './decode.js';
export { parseConfigText, type ParseConfigOptions } from './parser.js';
export { printConfigText, quoteConfigText } from './printer.js';
export {
  positionInside,
  type ConfigDocument,
  type ConfigFinding,
  type ConfigList,
  type ConfigNone,
  type ConfigNumber,
  type ConfigSetting,
  type ConfigString,
  type ConfigValue,
} from './value.js';
export { parseDisk, type DiskFormat, type DiskSpec } from './specs/disk.js';
export { parseVif, type VifSpec } from './specs/vif.js';
export { type VifRate } from './specs/rate.js';
export { parseVfb, type VfbSpec } from './specs/vfb.js';
export { parseCpuidHost, parseCpuidLeaf } from './specs/cpuid.js';
export { CPUID_FIELDS, type CpuidField } from './specs/cpuid-fields.js';
export { parseMac } from './specs/mac.js';
export { MAX_NAME_BYTES, parseDomainName } from './specs/name.js';
export { splitPairs, type SpecPair } from './specs/pairs.js';
export { specError, type SpecSource } from './specs/source.js';
export {
  MAX_MEMORY_MIB,
  parseMemorySizeKib,
  readFlag,
  readInteger,
  readMemoryMib,
  readText,
  readTextList,
  readTexts,
} from './specs/scalars.js';
export {
  SHUTDOWN_ACTIONS,
  parseBootOrder,
  parseShutdownAction,
  parseUuid,
  type ShutdownAction,
} from './specs/words.js';
