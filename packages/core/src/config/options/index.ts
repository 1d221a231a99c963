export { CONFIG_OPTIONS, OPTION_SECTIONS, lookupOption, nearestOption, type OptionSection } from './catalogue.js';
export { reviewOptions, type OptionReview } from './review.js';
export type { ConfigOption, GuestKind, ValueKind } from './option.js';
